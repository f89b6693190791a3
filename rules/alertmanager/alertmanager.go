// Package alertmanager writes routes, receivers, messages and inhibition for
// Alertmanager, so that a P0 pages somebody at once, a P1 arrives in working
// hours and a P2 in a daily digest. What it writes is one file: the templates
// of its messages are in it, and secrets are named by the files that hold them.
package alertmanager

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

//go:generate go test -run ^TestGenerated$ . -update

// Config says who is told of what. A loaded one is legal.
type Config struct {
	Default Team   // who gets what no team takes
	Teams   []Team // the first that matches gets the alert

	EmailFrom        string
	SMTPHost         string // host:port
	SMTPUsername     string
	SMTPPasswordFile string

	TimeZone     string // IANA name
	WorkingDays  string // in Alertmanager's notation
	WorkingHours string // from-to
	DigestAt     string // hh:mm, the start of the hour in which the digest is sent

	WatchdogURLFile string   // dead man's switch; empty for none
	WatchdogAlert   string   // the alert that always fires
	Scope           []string // labels besides model that keep equal names apart
}

// Team is whom alerts of an owner or a component go to. What is empty is that
// of the default team.
type Team struct {
	Owner     string
	Component string

	PagerDutyKeyFile string
	SlackURLFile     string
	SlackChannel     string
	DigestURLFile    string
	DigestChannel    string
	TicketURLFile    string
	Email            []string
}

// defaults are the settings that a file need not have.
func defaults() *Config {
	return &Config{
		TimeZone: "UTC", WorkingDays: "monday:friday", WorkingHours: "09:00-17:00", DigestAt: "09:00",
		WatchdogAlert: "Watchdog",
	}
}

// slack is a webhook and, if it is not the webhook's own, a channel.
type slack struct{ urlFile, channel string }

// firstSlack takes the webhook of the first that names one. A channel counts for
// that webhook and those behind it: webhooks of one team may not know the
// channels of another.
func firstSlack(all ...slack) slack {
	var s slack
	for _, a := range all {
		if s.channel == "" {
			s.channel = a.channel
		}
		if a.urlFile != "" {
			s.urlFile = a.urlFile
			return s
		}
	}
	return slack{}
}

// alerts is where P0 and P1 of a team go, digest where its P2 go.
func (c *Config) alerts(t *Team) slack {
	return firstSlack(slack{t.SlackURLFile, t.SlackChannel}, slack{c.Default.SlackURLFile, c.Default.SlackChannel})
}

func (c *Config) digest(t *Team) slack {
	d := &c.Default
	return firstSlack(slack{t.DigestURLFile, t.DigestChannel}, slack{t.SlackURLFile, t.SlackChannel},
		slack{d.DigestURLFile, d.DigestChannel}, slack{d.SlackURLFile, d.SlackChannel})
}

// email is the addresses of a team.
func (c *Config) email(t *Team) []string {
	if len(t.Email) > 0 {
		return t.Email
	}
	return c.Default.Email
}

// emails tells whether anybody gets e-mail.
func (c *Config) emails() bool {
	return len(c.Default.Email) > 0 || slices.ContainsFunc(c.Teams, func(t Team) bool { return len(t.Email) > 0 })
}

// first is the first text that is not empty.
func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// components are the values of the label component.
var components = []string{"data", "model", "system", "business"}

// priorities from the most urgent down.
var priorities = []catalog.Priority{catalog.P0, catalog.P1, catalog.P2}
