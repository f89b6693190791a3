package alertmanager

import (
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// secrets are what a setting holds that somebody might write instead of the
// file's name.
var secrets = map[string]string{
	"pagerduty_key": "pagerduty_key_file", "pagerduty_routing_key": "pagerduty_key_file", "routing_key": "pagerduty_key_file",
	"slack_url": "slack_url_file", "slack_api_url": "slack_url_file", "api_url": "slack_url_file",
	"digest_url": "digest_url_file", "ticket_url": "ticket_url_file", "watchdog_url": "watchdog_url_file",
	"smtp_password": "smtp_password_file", "smtp_auth_password": "smtp_password_file",
}

// looksSecret matches keys and tokens: no folder, no ending, nothing a person
// would type.
var looksSecret = regexp.MustCompile(`^[0-9A-Za-z_-]{20,}$`)

// isSecretFile never repeats what was written: it may be the secret.
func isSecretFile(s string) string {
	switch {
	case s == "":
		return "is empty; name the file with the secret"
	case strings.Contains(s, "://") || looksSecret.MatchString(s):
		return "looks like the secret itself; write it to a file that only Alertmanager can read, and name that file"
	}
	return isText(s)
}

func isText(s string) string {
	if len(s) > 1024 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		return "is longer than 1024 bytes or has control characters; write one line"
	}
	return ""
}

func isName(s string) string {
	if s == "" {
		return "is empty; write a name"
	}
	return isText(s)
}

// isChannel refuses template syntax: Alertmanager would run it.
func isChannel(s string) string {
	if s == "" || strings.ContainsAny(s, " {}") {
		return fmt.Sprintf(`%q is not a channel; write one such as "#ml-alerts", in quotes`, s)
	}
	return isText(s)
}

func isAddress(s string) string {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsAny(s, "{}") {
		return fmt.Sprintf("%q is not an address; write one such as ml-oncall@example.com", s)
	}
	return ""
}

func isHost(s string) string {
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.Atoi(port)
	if err != nil || host == "" || bad != nil || n < 1 || n > 65535 {
		return fmt.Sprintf("%q is not a host and port; write one such as smtp.example.com:587", s)
	}
	return isText(s)
}

func isZone(s string) string {
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
		return fmt.Sprintf("%q is not a time zone; write one such as Europe/Berlin or UTC", s)
	}
	return ""
}

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// isDays is Alertmanager's notation: a day, or the first and the last of several.
func isDays(s string) string {
	from, to, isRange := strings.Cut(s, ":")
	i, k := slices.Index(weekdays, from), slices.Index(weekdays, to)
	if i < 0 || isRange && k < i {
		return fmt.Sprintf("%q are not days of a week from sunday to saturday; write such as monday:friday", s)
	}
	return ""
}

func isHours(s string) string {
	if _, _, ok := parseHours(s); !ok {
		return fmt.Sprintf("%q are not hours of one day; write such as 09:00-17:00", s)
	}
	return ""
}

func isDigest(s string) string {
	if t, ok := parseClock(s); !ok || t > 23*time.Hour {
		return fmt.Sprintf(`%q is not a time from 00:00 to 23:00; write one such as 09:00`, s)
	}
	return ""
}

// taken are labels that alerts are told apart by already, or never.
var taken = []string{"alertname", "model", "model_owner", "model_version", "priority", "severity", "component", "job", "instance"}

var label = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func isLabel(s string) string {
	if !label.MatchString(s) {
		return fmt.Sprintf("%q is not a label's name; write one such as cluster", s)
	}
	if slices.Contains(taken, s) {
		return fmt.Sprintf("%q cannot tell models of equal names apart; write a label of the place, such as cluster", s)
	}
	return ""
}

func isComponent(s string) string {
	if !slices.Contains(components, s) {
		return fmt.Sprintf("unknown component %q; write one of %s", s, strings.Join(components, ", "))
	}
	return ""
}
