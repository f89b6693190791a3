package alertmanager

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// maxSize is far more than a team per model in a thousand models.
const maxSize = 1 << 20

// Load reads a file of settings. The error joins all that is wrong with it, each
// with file, line, field, finding and fix.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse is Load for data that was read from a file of that name.
func Parse(name string, data []byte) (*Config, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("%s:1: the file is larger than %d MiB; remove what is not needed", name, maxSize>>20)
	}
	root, err := parseYAML(name, data)
	if err != nil {
		return nil, err
	}
	c := defaults()
	r := &reader{file: name, lines: map[string]int{}}
	r.mapping(root, "", append(c.fields(), c.Default.fields()...), map[string]func(n node, at string){
		"teams": func(n node, at string) { r.teams(n, at, &c.Teams) },
	})
	if len(r.errs) == 0 { // what follows from a mistake is no second one
		c.validate(r.failf)
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return c, nil
}

// FromFlags is a configuration without teams. A setting's flag is its name with
// dashes; lists are separated by commas, and empty values are not set.
func FromFlags(values map[string]string) (*Config, error) {
	c := defaults()
	var errs []error
	failf := func(name, format string, args ...any) {
		flag := "--" + strings.ReplaceAll(name, "_", "-")
		errs = append(errs, fmt.Errorf("%s: %s", flag, fmt.Sprintf(format, args...)))
	}
	for _, f := range append(c.fields(), c.Default.fields()...) {
		v := values[strings.ReplaceAll(f.name, "_", "-")]
		if v == "" {
			continue
		}
		words := []string{v}
		if f.list != nil {
			words = strings.Split(v, ",")
		}
		if finding := f.set(words); finding != "" {
			failf(f.name, "%s", finding)
		}
	}
	if len(errs) == 0 {
		c.validate(failf)
	}
	return c, errors.Join(errs...)
}

// field is a setting: text, or a list of texts. check says what is to be
// repaired in one of them, or nothing.
type field struct {
	name  string
	text  *string
	list  *[]string
	check func(string) string
}

func (f *field) set(words []string) (finding string) {
	for i, w := range words {
		words[i] = strings.TrimSpace(w)
		if finding := f.check(words[i]); finding != "" {
			return finding
		}
	}
	if f.list != nil {
		*f.list = words
	} else {
		*f.text = words[0]
	}
	return ""
}

func (c *Config) fields() []field {
	return []field{
		{"email_from", &c.EmailFrom, nil, isAddress},
		{"smtp_host", &c.SMTPHost, nil, isHost},
		{"smtp_username", &c.SMTPUsername, nil, isName},
		{"smtp_password_file", &c.SMTPPasswordFile, nil, isSecretFile},
		{"time_zone", &c.TimeZone, nil, isZone},
		{"working_days", &c.WorkingDays, nil, isDays},
		{"working_hours", &c.WorkingHours, nil, isHours},
		{"digest_at", &c.DigestAt, nil, isDigest},
		{"watchdog_url_file", &c.WatchdogURLFile, nil, isSecretFile},
		{"watchdog_alert", &c.WatchdogAlert, nil, isName},
		{"scope", nil, &c.Scope, isLabel},
	}
}

func (t *Team) fields() []field {
	return []field{
		{"pagerduty_key_file", &t.PagerDutyKeyFile, nil, isSecretFile},
		{"slack_url_file", &t.SlackURLFile, nil, isSecretFile},
		{"slack_channel", &t.SlackChannel, nil, isChannel},
		{"digest_url_file", &t.DigestURLFile, nil, isSecretFile},
		{"digest_channel", &t.DigestChannel, nil, isChannel},
		{"ticket_url_file", &t.TicketURLFile, nil, isSecretFile},
		{"email", nil, &t.Email, isAddress},
	}
}

// validate checks what concerns several settings.
func (c *Config) validate(failf func(name, format string, args ...any)) {
	d := &c.Default
	if d.SlackURLFile == "" && len(d.Email) == 0 {
		failf("slack_url_file", "nobody would read P1 and P2; name the file with Slack's webhook here, or set email")
	}
	if c.emails() {
		if c.SMTPHost == "" {
			failf("smtp_host", "is needed to send e-mail; write one such as smtp.example.com:587")
		}
		if c.EmailFrom == "" {
			failf("email_from", "is needed to send e-mail; write one such as alertmanager@example.com")
		}
	}
	for i, l := range c.Scope {
		if slices.Contains(c.Scope[:i], l) {
			failf("scope", "has %q twice; remove one", l)
		}
	}
	switch {
	case c.SMTPUsername != "" && c.SMTPPasswordFile == "":
		failf("smtp_password_file", "is needed with smtp_username; name the file with the password")
	case c.SMTPUsername == "" && c.SMTPPasswordFile != "":
		failf("smtp_username", "is needed with smtp_password_file")
	}
	for i := range c.Teams {
		c.validateTeam(i, failf)
	}
}

func (c *Config) validateTeam(i int, failf func(name, format string, args ...any)) {
	t, at := &c.Teams[i], fmt.Sprintf("teams[%d]", i)
	same := func(o Team) bool { return o.Owner == t.Owner && o.Component == t.Component }
	switch {
	case t.Owner == "" && t.Component == "":
		failf(at, "does not say whose alerts; add owner or component")
	case slices.IndexFunc(c.Teams, same) < i:
		failf(at, "teams[%d] takes the same alerts; merge the two", slices.IndexFunc(c.Teams, same))
	case t.SlackChannel+t.DigestChannel != "" && c.digest(t).urlFile == "":
		failf(at, "names a channel, but there is no webhook to send by; set slack_url_file")
	case c.alerts(t) == c.alerts(&c.Default) && c.digest(t) == c.digest(&c.Default) && len(t.Email) == 0 &&
		t.PagerDutyKeyFile == "" && t.TicketURLFile == "":
		failf(at, "changes nothing; add one of slack_channel, slack_url_file, digest_channel, digest_url_file, pagerduty_key_file, ticket_url_file, email")
	}
}

// parseHours reads from-to, within one day.
func parseHours(s string) (from, to time.Duration, ok bool) {
	a, b, found := strings.Cut(s, "-")
	from, okFrom := parseClock(a)
	to, okTo := parseClock(b)
	return from, to, found && okFrom && okTo && from < to
}

// parseClock reads hh:mm, 00:00 to 24:00, as the time since midnight.
func parseClock(s string) (time.Duration, bool) {
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err == nil && len(s) == 5
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
