package config

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"

	"ninjaone-accelo/internal/rules"
)

const (
	// keyBytes is the length of CREDENTIALS_KEY once decoded.
	keyBytes = 32
	// minAdminToken is the minimum length of ADMIN_TOKEN in characters (interface.md 2).
	minAdminToken = 16
	// minReconcileInterval is the shortest RECONCILE_INTERVAL, and the shortest IMPORT_INTERVAL besides 0.
	minReconcileInterval = time.Second
	// minRetention is the shortest RETENTION: what NinjaOne and Accelo may still ask about has to be known.
	minRetention = 24 * time.Hour
)

// LoadServe is Load for `starter serve`, which also requires ADMIN_TOKEN.
func LoadServe(environ []string) (Config, error) {
	return load(environ, true)
}

// Load reads and checks all settings in an environment in the form of os.Environ. It ignores white space around values,
// and treats an empty value as not set. The error is a Faults with everything that is wrong.
func Load(environ []string) (Config, error) {
	return load(environ, false)
}

func load(environ []string, needAdminToken bool) (Config, error) {
	environment := env.ToMap(environ)
	delete(environment, "") // env would assign it to every field without a variable
	for name, value := range environment {
		environment[name] = strings.TrimSpace(value)
	}
	var s settings
	err := env.ParseWithOptions(&s, env.Options{Environment: environment, FuncMap: parsers()})
	check := checker{environment: environment, faults: parseFaults(err, environment)}
	s.Vendors = check.vendors(s)
	check.config(&s.Config, needAdminToken)
	s.PreviousKeys = check.previousKeys(s.CredentialsKeyPrevious.Reveal())
	check.options(s.Sync)
	check.legacy(s)
	check.signIns(s.SignIns)
	check.names()
	if len(check.faults) > 0 {
		return Config{}, check.faults
	}
	s.Options = DefaultsOf(environment)
	s.SignIns.NinjaOneURL = string(s.NinjaOneURL)
	return s.Config, nil
}

// checker looks for faults that no parser can find.
type checker struct {
	environment map[string]string
	faults      Faults
}

// isSet reports whether a variable has a value, which may be one that could not be parsed.
func (c *checker) isSet(variable string) bool { return c.environment[variable] != "" }

// add records a fault, unless the variable already has one: its value is unknown then.
func (c *checker) add(variable, problem, remedy string) {
	if !slices.ContainsFunc(c.faults, func(fault Fault) bool { return fault.Variable == variable }) {
		c.faults.add(variable, problem, remedy)
	}
}

// config checks required settings, decodes the key, and looks for contradictions.
func (c *checker) config(config *Config, needAdminToken bool) {
	c.database(config.DatabaseURL.Reveal())
	config.CredentialsKey = c.key(config.CredentialsKey.Reveal())
	const createToken = "create one with `openssl rand -hex 24`"
	switch length := utf8.RuneCountInString(config.AdminToken.Reveal()); {
	case length == 0 && needAdminToken:
		c.add("ADMIN_TOKEN", "is not set", "it protects the Integrations page; "+createToken)
	case length > 0 && length < minAdminToken:
		c.add("ADMIN_TOKEN", fmt.Sprintf("is shorter than %d characters", minAdminToken), createToken)
	}
	if config.Retention < minRetention {
		c.add("RETENTION", "is too short: "+quote(c.environment["RETENTION"]), "write at least 1d, such as 400d")
	}
}

// legacy checks that the legacy source of remote control links has the keys that it needs.
func (c *checker) legacy(s settings) {
	if v := s.Vendors; v != nil && s.Sync.RemoteControl.Source == rules.RemoteControlLegacy && !v.NinjaOne.Legacy() {
		c.add("REMOTE_CONTROL", "is legacy, which requires NinjaOne's legacy key pair",
			"set NINJAONE_ACCESS_KEY_ID and NINJAONE_SECRET_ACCESS_KEY instead of the OAuth client, or choose another source")
	}
}

// signIns checks that each application for signing in is complete.
func (c *checker) signIns(s SignIns) {
	for _, application := range []struct{ vendor, id, secret string }{
		{"NINJAONE", s.NinjaOneClientID, s.NinjaOneClientSecret.Reveal()}, {"ACCELO", s.AcceloClientID, s.AcceloClientSecret.Reveal()},
	} {
		id, secret := application.vendor+"_WEB_CLIENT_ID", application.vendor+"_WEB_CLIENT_SECRET"
		switch {
		case application.id == "" && application.secret != "":
			c.add(id, "is not set, but "+secret+" is", "set both, or none")
		case application.id != "" && application.secret == "":
			c.add(secret, "is not set, but "+id+" is", "set both, or none")
		}
	}
	if trial, err := url.Parse(s.AcceloTrialURL); err != nil || trial.Host == "" || trial.Scheme != "https" && trial.Scheme != "http" {
		c.add("ACCELO_TRIAL_URL", "is not a URL", "write https://HOST/PATH")
	}
}

// database checks the form of DATABASE_URL only; connecting shows the rest.
func (c *checker) database(value string) {
	const remedy = "write postgres://USER:PASSWORD@HOST:5432/DATABASE"
	isURL := strings.HasPrefix(value, "postgres://") || strings.HasPrefix(value, "postgresql://")
	isKeywords := !strings.Contains(value, "://") && strings.Contains(value, "=")
	switch {
	case value == "":
		c.add("DATABASE_URL", "is not set", remedy)
	case !isURL && !isKeywords:
		c.add("DATABASE_URL", "is not a PostgreSQL address", remedy)
	}
}

// key decodes CREDENTIALS_KEY.
func (c *checker) key(value string) Secret {
	const remedy = "create a key with `openssl rand -base64 32`, and keep it: stored credentials can't be read without it"
	key, ok := decodeKey(value)
	switch {
	case value == "":
		c.add("CREDENTIALS_KEY", "is not set", remedy)
	case !ok:
		c.add("CREDENTIALS_KEY", "is not base64 of 32 bytes", remedy)
	}
	return key
}

// previousKeys decodes CREDENTIALS_KEY_PREVIOUS.
func (c *checker) previousKeys(value string) []Secret {
	var keys []Secret
	for entry := range strings.SplitSeq(value, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		key, ok := decodeKey(entry)
		if !ok {
			c.add("CREDENTIALS_KEY_PREVIOUS", "holds something else than base64 of 32 bytes",
				"write the former values of CREDENTIALS_KEY, separated by commas")
			return nil
		}
		keys = append(keys, key)
	}
	return keys
}

// decodeKey accepts the standard and the URL alphabet of base64, padded or not.
func decodeKey(value string) (Secret, bool) {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(value, "="))
	key, err := base64.RawStdEncoding.DecodeString(plain)
	return Secret(key), err == nil && len(key) == keyBytes
}
