package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/model-exporter/model_exporter/rules/alertmanager"
)

type alertmanagerCommand struct {
	File string `arg:"" optional:"" name:"file" help:"YAML file with these settings under the names of their flags (dashes become underlines), and with teams. Excludes the flags."`

	Settings alertmanagerSettings `embed:""`

	Fragment bool   `help:"Write only routes, receivers, inhibition and times, to paste into an existing configuration."`
	Output   string `short:"o" placeholder:"FILE" help:"Write to this file instead of standard output."`

	// A secret on the command line is in the shell's history and in ps.
	PagerdutyKey secretFlag `name:"pagerduty-key" hidden:""`
	SlackURL     secretFlag `name:"slack-url" hidden:""`
	DigestURL    secretFlag `name:"digest-url" hidden:""`
	TicketURL    secretFlag `name:"ticket-url" hidden:""`
	WatchdogURL  secretFlag `name:"watchdog-url" hidden:""`
	SMTPPassword secretFlag `name:"smtp-password" hidden:""`
}

// alertmanagerSettings are what the file sets too; the names are the same.
type alertmanagerSettings struct {
	PagerdutyKeyFile string `name:"pagerduty-key-file" placeholder:"FILE" help:"File with the integration key of a PagerDuty service (Events API v2), for P0."`
	SlackURLFile     string `name:"slack-url-file" placeholder:"FILE" help:"File with the URL of a Slack webhook, for P0 at once and P1 in working hours."`
	SlackChannel     string `placeholder:"CHANNEL" help:"Slack channel, if it is not the webhook's own."`
	DigestURLFile    string `name:"digest-url-file" placeholder:"FILE" help:"File with the URL of the Slack webhook for the daily digest of P2; that of --slack-url-file without it."`
	DigestChannel    string `placeholder:"CHANNEL" help:"Slack channel of the digest."`
	TicketURLFile    string `name:"ticket-url-file" placeholder:"FILE" help:"File with the URL of a webhook that opens a ticket, for P1."`
	Email            string `placeholder:"ADDRESS,…" help:"E-mail addresses, for P0, P1 and the digest."`
	EmailFrom        string `placeholder:"ADDRESS" help:"Sender of e-mail."`
	SMTPHost         string `name:"smtp-host" placeholder:"HOST:PORT" help:"Server that takes e-mail."`
	SMTPUsername     string `name:"smtp-username" placeholder:"NAME" help:"User there, if it asks for one."`
	SMTPPasswordFile string `name:"smtp-password-file" placeholder:"FILE" help:"File with the user's password."`
	TimeZone         string `placeholder:"ZONE" help:"Time zone of working hours and digest (UTC)."`
	WorkingDays      string `placeholder:"DAYS" help:"Days of P1 and digest (monday:friday)."`
	WorkingHours     string `placeholder:"HOURS" help:"Hours of P1 (09:00-17:00)."`
	DigestAt         string `placeholder:"TIME" help:"When the digest is sent, within the hour (09:00)."`
	WatchdogURLFile  string `name:"watchdog-url-file" placeholder:"FILE" help:"File with the URL of a dead man's switch, told every minute that alerts arrive. None without it."`
	WatchdogAlert    string `placeholder:"NAME" help:"The alert that always fires, for it (Watchdog)."`
	Scope            string `placeholder:"LABEL,…" help:"Labels that keep models of equal names apart, such as cluster."`
}

// secretFlag is refused, whatever it is.
type secretFlag string

func (secretFlag) Decode(ctx *kong.DecodeContext) error {
	ctx.Scan.Pop()
	return fmt.Errorf("a secret does not belong on the command line; write it to a file, and name that with --%s-file", ctx.Value.Name)
}

// Help is shown above the flags.
func (alertmanagerCommand) Help() string {
	return `Writes a configuration for Alertmanager: a P0 goes to PagerDuty and Slack at once, a P1 to Slack
and a ticket in working hours, a P2 into a daily digest. The one file is all there is to deploy: the
messages' templates are in it. Secrets are not: Alertmanager reads them from the files named here.
Examples:

    model_exporter alertmanager --slack-url-file /etc/alertmanager/slack --slack-channel '#ml-alerts' \
      --pagerduty-key-file /etc/alertmanager/pagerduty --time-zone Europe/Berlin -o alertmanager.yml
    model_exporter alertmanager routing.yml --output alertmanager.yml
    model_exporter alertmanager routing.yml --fragment

The last one is for whoever has a configuration already: its root route stays as it is. Teams, by
model_owner and component, are for the file:

    teams:
      - { owner: risk-ml, slack_channel: "#risk-ml", pagerduty_key_file: /etc/alertmanager/risk-ml }
      - { component: business, slack_channel: "#revenue" }`
}

func (c *alertmanagerCommand) Run(k *kong.Context, stdout io.Writer) error {
	cfg, err := c.load(given(k.Selected().Flags))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	write := cfg.Write
	if c.Fragment {
		write = cfg.WriteFragment
	}
	if err := write(&b); err != nil {
		return err
	}
	if c.Output != "" {
		return os.WriteFile(c.Output, b.Bytes(), 0o644)
	}
	_, err = stdout.Write(b.Bytes())
	return err
}

func (c *alertmanagerCommand) load(flags map[string]string) (cfg *alertmanager.Config, err error) {
	switch {
	case c.File != "" && len(flags) > 0:
		names := slices.Sorted(maps.Keys(flags))
		return nil, usageError{fmt.Errorf("--%s and a file exclude each other; write it into %s", strings.Join(names, ", --"), c.File)}
	case c.File != "":
		cfg, err = alertmanager.Load(c.File)
	case len(flags) == 0:
		return nil, usageError{errors.New("nothing says where alerts go; name a file with settings, or add --slack-url-file FILE (see model_exporter alertmanager --help)")}
	default:
		cfg, err = alertmanager.FromFlags(flags)
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("the settings cannot be used:\n%w", err)}
	}
	return cfg, nil
}

// given are the settings on the command line or in the environment.
func given(flags []*kong.Flag) map[string]string {
	values := map[string]string{}
	for _, f := range flags {
		if text, ok := f.Target.Interface().(string); ok && text != "" && f.Name != "output" {
			values[f.Name] = text
		}
	}
	return values
}
