package diagnose

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"ninjaone-accelo/internal/config"
)

// setting is a variable of the environment. Every value that could hold a secret is only said to be set.
type setting struct {
	Name  string `json:"name"`
	Set   bool   `json:"set"`
	Value string `json:"value,omitempty"`
}

// plain are the variables whose values are shown, and addresses those of which the host is. All others may be secrets, or hold one.
var (
	plain = []string{
		"TASK_QUEUE", "LOG_LEVEL", "LOG_FORMAT", "LISTEN_ADDRESS", "METRICS_ADDRESS", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_PROFILE",
		"ACCELO_DEPLOYMENT",
		"ACCELO_REQUEST_TYPE", "ACCELO_ASSET_TYPE", "ACCELO_BUDGET_RESERVE", "ALERT_MIN_SEVERITY", "ALERT_HOLD_DOWN", "ALERT_REOPEN_WINDOW",
		"ON_RESET", "ON_CONVERT", "ASSET_REFRESH_INTERVAL", "RECONCILE_INTERVAL", "IMPORT_INTERVAL",
	}
	// words are one of a few words, or something after a colon that may hold a secret.
	words     = []string{"REMOTE_CONTROL"}
	addresses = []string{"PUBLIC_URL", "TEMPORAL_UI_URL", "NINJAONE_URL", "ACCELO_URL", "ACCELO_TRIAL_URL"}
)

// settingsOf returns all settings of an environment.
func settingsOf(environ []string) []setting {
	values := env.ToMap(environ)
	settings := []setting{}
	for _, name := range config.Variables() {
		value := strings.TrimSpace(values[name])
		shown := setting{Name: name, Set: value != ""}
		switch {
		case slices.Contains(plain, name):
			shown.Value = value
		case slices.Contains(addresses, name):
			shown.Value = origin(value)
		}
		settings = append(settings, shown)
	}
	return settings
}

// origin returns scheme and host of an address, because the rest may hold credentials.
func origin(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return ""
	}
	return parsed.Scheme + "://" + parsed.Host
}

// options returns the options of a connection. Of a remote control link only its kind is shown: the address is the customer's.
func options(values config.Chosen) config.Chosen {
	shown := config.Chosen{}
	for name, value := range values {
		if name == "remote_control" {
			value, _, _ = strings.Cut(value, ":")
		}
		shown[name] = value
	}
	return shown
}

// shortestSecret is the length of a value from which it is removed: shorter ones would mangle other texts.
const shortestSecret = 6

// scrubber removes what the environment holds from texts, such as from the reason of a failure that quotes it, in whatever encoding.
type scrubber struct{ secrets [][]byte }

func newScrubber(environ []string) scrubber {
	var s scrubber
	for name, value := range env.ToMap(environ) {
		if !slices.Contains(config.Variables(), name) && !strings.HasPrefix(name, config.TemporalHeaderPrefix) ||
			slices.Contains(plain, name) || slices.Contains(addresses, name) || slices.Contains(words, name) && !strings.Contains(value, ":") {
			continue
		}
		s.add(value)
		if name == "CREDENTIALS_KEY_PREVIOUS" {
			for key := range strings.SplitSeq(value, ",") {
				s.add(key)
			}
		}
		if parsed, err := url.Parse(value); err == nil && parsed.User != nil {
			password, _ := parsed.User.Password()
			s.add(password)
		}
	}
	// A value may be part of another one: the longer one goes first.
	slices.SortFunc(s.secrets, func(a, b []byte) int { return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b)) })
	return s
}

func (s *scrubber) add(value string) {
	if value = strings.TrimSpace(value); len(value) < shortestSecret {
		return
	}
	for _, form := range []string{value, url.QueryEscape(value), url.PathEscape(value)} {
		s.secrets = append(s.secrets, []byte(form))
		if encoded, err := json.Marshal(form); err == nil { // as it stands in the files
			s.secrets = append(s.secrets, encoded[1:len(encoded)-1])
		}
	}
}

func (s scrubber) scrub(text []byte) []byte {
	for _, secret := range s.secrets {
		text = bytes.ReplaceAll(text, secret, []byte("[removed]"))
	}
	return text
}
