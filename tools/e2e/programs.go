//go:build tools

package e2e

// What .ci/build-alertmanager builds stays in go.mod and go.sum.
import _ "github.com/prometheus/alertmanager/cmd/alertmanager"
