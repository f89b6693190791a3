package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const unitFile = "systemd/model_exporter.service"

// directives are those of the unit, by section, as systemd.unit(5), systemd.service(5)
// and systemd.exec(5) name them. systemd only warns of a name that it does not know.
var directives = map[string][]string{
	"Unit": {"Description", "Documentation", "Wants", "After"},
	"Service": {
		"Type", "ExecStart", "ExecReload", "Restart", "RestartSec", "RestartPreventExitStatus", "LimitNOFILE",
		"DynamicUser", "SupplementaryGroups", "StateDirectory", "StateDirectoryMode", "UMask",
		"ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectClock", "ProtectControlGroups",
		"ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc",
		"RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "RemoveIPC",
		"LockPersonality", "MemoryDenyWriteExecute", "NoNewPrivileges", "CapabilityBoundingSet", "AmbientCapabilities",
		"SystemCallArchitectures", "SystemCallFilter", "SystemCallErrorNumber",
	},
	"Install": {"WantedBy"},
}

// unit is the values of each directive of a section.
func unit(t *testing.T) map[string]map[string][]string {
	t.Helper()
	all := map[string]map[string][]string{}
	section := ""
	for i, line := range strings.Split(string(read(t, unitFile)), "\n") {
		name, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
			all[section] = map[string][]string{}
		case !ok || !slices.Contains(directives[section], name):
			t.Errorf("line %d: %s is no directive of [%s]", i+1, line, section)
		default:
			all[section][name] = append(all[section][name], value)
		}
	}
	return all
}

func TestSystemd(t *testing.T) {
	s := unit(t)["Service"]
	for name, want := range map[string]string{
		"DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "",
		"StateDirectory": "model_exporter", "RestartPreventExitStatus": "2", // exitUsage of cmd/model_exporter
	} {
		if got := s[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s=%v, not %q", name, got, want)
		}
	}
	start := strings.Fields(s["ExecStart"][0])
	if got := flagOf(t, start, "--config.file"); filepath.Base(got) != "model_exporter.yml" {
		t.Errorf("the configuration is %s", got)
	}
	if got := flagOf(t, start, "--storage.path"); got != "${STATE_DIRECTORY}" {
		t.Errorf("state is in %s, not in the folder of the service", got)
	}
	readme := string(read(t, "systemd/README.md"))
	for _, path := range []string{start[0][:strings.LastIndex(start[0], "/")+1], flagOf(t, start, "--config.file")} {
		if !strings.Contains(readme, " "+path+"\n") {
			t.Errorf("the README installs nothing at %s", path)
		}
	}
}

// TestSystemdAnalyze lets systemd read the unit, where there is one, and say what an
// intruder could do: 0 is nothing, 10 everything.
func TestSystemdAnalyze(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze")
	}
	version, err := exec.Command(analyze, "--version").Output()
	if err != nil {
		t.Skip(err)
	}
	m := regexp.MustCompile(`^systemd (\d+)`).FindSubmatch(version)
	if m == nil {
		t.Skipf("unknown version %s", version)
	}
	// The program need not be installed here.
	text := strings.ReplaceAll(string(read(t, unitFile)), "/usr/local/bin/model_exporter", "/bin/true")
	path := filepath.Join(t.TempDir(), "model_exporter.service")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), path) {
		t.Errorf("%v: %s", err, out)
	}
	if n, _ := strconv.Atoi(string(m[1])); n < 250 {
		t.Skipf("systemd %d does not judge files", n)
	}
	if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", path).CombinedOutput(); err != nil {
		t.Errorf("more than 2.0: %s", out)
	}
}
