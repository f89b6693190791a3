package alertmanager

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

type receiver struct {
	Name      string            `yaml:"name"`
	PagerDuty []pagerdutyConfig `yaml:"pagerduty_configs,omitempty"`
	Slack     []slackConfig     `yaml:"slack_configs,omitempty"`
	Email     []emailConfig     `yaml:"email_configs,omitempty"`
	Webhook   []webhookConfig   `yaml:"webhook_configs,omitempty"`
}

type pagerdutyConfig struct {
	RoutingKeyFile string     `yaml:"routing_key_file"`
	Severity       string     `yaml:"severity"`
	Description    *yaml.Node `yaml:"description"`
	Class          string     `yaml:"class"`
	Component      string     `yaml:"component"`
	Group          string     `yaml:"group"`
	Client         string     `yaml:"client"`
	ClientURL      string     `yaml:"client_url"`
	Details        *yaml.Node `yaml:"details"`
	Links          *yaml.Node `yaml:"links"`
}

type slackConfig struct {
	APIURLFile   string     `yaml:"api_url_file"`
	Channel      string     `yaml:"channel,omitempty"`
	SendResolved bool       `yaml:"send_resolved"`
	Color        string     `yaml:"color,omitempty"`
	Title        *yaml.Node `yaml:"title,omitempty"`
	TitleLink    *yaml.Node `yaml:"title_link,omitempty"`
	Fallback     *yaml.Node `yaml:"fallback,omitempty"`
	Text         *yaml.Node `yaml:"text,omitempty"`
	Actions      *yaml.Node `yaml:"actions,omitempty"`
}

type emailConfig struct {
	To               string            `yaml:"to"`
	From             string            `yaml:"from"`
	Smarthost        string            `yaml:"smarthost"`
	AuthUsername     string            `yaml:"auth_username,omitempty"`
	AuthPasswordFile string            `yaml:"auth_password_file,omitempty"`
	SendResolved     bool              `yaml:"send_resolved"`
	Headers          map[string]string `yaml:"headers,omitempty"`
	HTML             *string           `yaml:"html,omitempty"`
	Text             *yaml.Node        `yaml:"text,omitempty"`
}

type webhookConfig struct {
	URLFile      string `yaml:"url_file"`
	SendResolved bool   `yaml:"send_resolved"`
}

// receivers are in the order of the routes that name them.
func (c *Config) receivers() []receiver {
	var all []receiver
	if c.WatchdogURLFile != "" {
		all = append(all, receiver{Name: watchdogReceiver, Webhook: []webhookConfig{{c.WatchdogURLFile, false}}})
	}
	texts := texts{}
	teams := []*Team{nil}
	for i := range c.Teams {
		teams = append(teams, &c.Teams[i])
	}
	for _, t := range teams {
		for _, p := range priorities {
			all = append(all, c.receiver(texts, t, p))
		}
	}
	return all
}

func (c *Config) receiver(texts texts, t *Team, p catalog.Priority) receiver {
	r := receiver{Name: receiverName(t, p)}
	if t == nil {
		t = &c.Default
	}
	key := first(t.PagerDutyKeyFile, c.Default.PagerDutyKeyFile)
	if p == catalog.P0 && key != "" {
		r.PagerDuty = []pagerdutyConfig{pagerduty(texts, key)}
	}
	s, message := c.alerts(t), slackAlert
	if p == catalog.P2 {
		s, message = c.digest(t), slackDigest
	}
	if s.urlFile != "" {
		r.Slack = []slackConfig{message(texts, s, p)}
	}
	if to := c.email(t); len(to) > 0 {
		r.Email = []emailConfig{c.mail(texts, to, p)}
	}
	if ticket := first(t.TicketURLFile, c.Default.TicketURLFile); p == catalog.P1 && ticket != "" {
		r.Webhook = []webhookConfig{{ticket, true}}
	}
	return r
}

// fallback gets what is not ours, in Alertmanager's own words.
func (c *Config) fallback() receiver {
	r := receiver{Name: defaultReceiver}
	if s := c.alerts(&c.Default); s.urlFile != "" {
		r.Slack = []slackConfig{{APIURLFile: s.urlFile, Channel: s.channel, SendResolved: true}}
	}
	if len(c.Default.Email) > 0 {
		r.Email = []emailConfig{c.envelope(c.Default.Email, true)}
	}
	return r
}

func pagerduty(texts texts, keyFile string) pagerdutyConfig {
	return pagerdutyConfig{
		RoutingKeyFile: keyFile, Severity: "critical",
		Description: texts.text("pagerduty_summary", pagerdutySummary),
		Class:       "{{ .GroupLabels.alertname }}", Component: "{{ .CommonLabels.component }}", Group: "{{ .GroupLabels.model }}",
		Client: "model_exporter", ClientURL: dashboardURL,
		Details: texts.value("pagerduty_details", pagerdutyDetails),
		Links: texts.value("pagerduty_links", []map[string]string{
			{"href": runbookURL, "text": "Runbook"}, {"href": dashboardURL, "text": "Dashboard"},
		}),
	}
}

func slackAlert(texts texts, s slack, p catalog.Priority) slackConfig {
	color := `{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}`
	if p == catalog.P1 {
		color = strings.Replace(color, "danger", "warning", 1)
	}
	return slackConfig{
		APIURLFile: s.urlFile, Channel: s.channel, SendResolved: true, Color: color,
		Title:     texts.text("slack_title", forSlack(subject)),
		TitleLink: texts.text("dashboard", dashboardURL),
		Fallback:  texts.text("slack_title", forSlack(subject)),
		Text:      texts.text("slack_text", forSlack(slackText)),
		Actions: texts.value("slack_buttons", []map[string]string{
			{"type": "button", "text": "Runbook", "url": runbookURL},
			{"type": "button", "text": "Dashboard", "url": dashboardURL},
			{"type": "button", "text": "Silence", "url": silenceURL},
		}),
	}
}

func slackDigest(texts texts, s slack, _ catalog.Priority) slackConfig {
	return slackConfig{
		APIURLFile: s.urlFile, Channel: s.channel, Color: "#439FE0",
		Title:     texts.text("digest_title", forSlack(digestTitle)),
		TitleLink: texts.text("digest_link", digestURL),
		Fallback:  texts.text("digest_title", forSlack(digestTitle)),
		Text:      texts.text("digest_text", forSlack(digestText)),
	}
}

// envelope is an e-mail without words.
func (c *Config) envelope(to []string, resolved bool) emailConfig {
	return emailConfig{
		To: strings.Join(to, ", "), From: c.EmailFrom, Smarthost: c.SMTPHost,
		AuthUsername: c.SMTPUsername, AuthPasswordFile: c.SMTPPasswordFile, SendResolved: resolved,
	}
}

func (c *Config) mail(texts texts, to []string, p catalog.Priority) emailConfig {
	m := c.envelope(to, p != catalog.P2)
	m.HTML = new(string) // plain text only
	m.Headers, m.Text = map[string]string{"Subject": subject}, texts.text("mail_text", mailText)
	if p == catalog.P2 {
		m.Headers, m.Text = map[string]string{"Subject": digestTitle}, texts.text("mail_digest", mailDigest)
	}
	return m
}

// texts writes each template where it is first needed, and a reference to it
// from there on.
type texts map[string]bool

func (t texts) text(name, value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if strings.Contains(value, "\n") {
		n.Style = yaml.LiteralStyle
	}
	return t.anchored(name, n)
}

func (t texts) value(name string, v any) *yaml.Node {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		panic(err) // of strings only
	}
	return t.anchored(name, &n)
}

func (t texts) anchored(name string, n *yaml.Node) *yaml.Node {
	if t[name] {
		return &yaml.Node{Kind: yaml.AliasNode, Value: name, Alias: n}
	}
	t[name] = true
	n.Anchor = name
	return n
}
