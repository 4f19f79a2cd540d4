package operate

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/rules"
)

// Credentials are how to reach both vendors, in the names of the API.
type Credentials struct {
	NinjaOne NinjaOneCredentials `json:"ninjaone,omitzero"`
	Accelo   AcceloCredentials   `json:"accelo,omitzero"`
}

// NinjaOneCredentials are a client ID and its secret, or the legacy pair of keys.
type NinjaOneCredentials struct {
	// URL is the address of the region or the branded host; without a scheme it is https.
	URL string `json:"url,omitempty"`
	// Auth is "oauth" or "legacy", or SignInAuth on the page; empty stands for what is given.
	Auth            string `json:"auth,omitempty"`
	ClientID        string `json:"client_id,omitempty"`
	ClientSecret    string `json:"client_secret,omitempty"`
	AccessKeyID     string `json:"access_key_id,omitempty"`
	SecretAccessKey string `json:"secret_access_key,omitempty"`
}

// AcceloCredentials are a service application's, with the deployment's label or its whole address.
type AcceloCredentials struct {
	// Auth is SignInAuth for a web application that a user authorizes, which takes a browser.
	Auth         string `json:"-"`
	Deployment   string `json:"deployment,omitempty"`
	URL          string `json:"url,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
}

// members are the names of credentials in the API, by the variable that has the same meaning in the environment.
var members = map[string]string{
	"NINJAONE_URL": "ninjaone.url", "NINJAONE_CLIENT_ID": "ninjaone.client_id", "NINJAONE_CLIENT_SECRET": "ninjaone.client_secret",
	"NINJAONE_ACCESS_KEY_ID": "ninjaone.access_key_id", "NINJAONE_SECRET_ACCESS_KEY": "ninjaone.secret_access_key",
	"ACCELO_DEPLOYMENT": "accelo.deployment", "ACCELO_URL": "accelo.url", "ACCELO_CLIENT_ID": "accelo.client_id",
	"ACCELO_CLIENT_SECRET": "accelo.client_secret",
}

// variables returns the credentials as variables of the environment.
func (c Credentials) variables() map[string]string {
	n, a := c.NinjaOne, c.Accelo
	variables := map[string]string{
		"NINJAONE_URL": withScheme(n.URL), "ACCELO_DEPLOYMENT": a.Deployment, "ACCELO_URL": withScheme(a.URL),
		"ACCELO_CLIENT_ID": a.ClientID, "ACCELO_CLIENT_SECRET": a.ClientSecret,
	}
	if n.Auth != "legacy" {
		variables["NINJAONE_CLIENT_ID"], variables["NINJAONE_CLIENT_SECRET"] = n.ClientID, n.ClientSecret
	}
	if n.Auth != "oauth" {
		variables["NINJAONE_ACCESS_KEY_ID"], variables["NINJAONE_SECRET_ACCESS_KEY"] = n.AccessKeyID, n.SecretAccessKey
	}
	return variables
}

// FromVariables returns the connection that variables of the environment describe: credentials, and options.
func FromVariables(name string, variables map[string]string) (NewConnection, error) {
	in := NewConnection{Name: name, Options: config.Chosen{}}
	n, a := &in.NinjaOne, &in.Accelo
	fields := map[string]*string{
		"NINJAONE_URL": &n.URL, "NINJAONE_CLIENT_ID": &n.ClientID, "NINJAONE_CLIENT_SECRET": &n.ClientSecret,
		"NINJAONE_ACCESS_KEY_ID": &n.AccessKeyID, "NINJAONE_SECRET_ACCESS_KEY": &n.SecretAccessKey,
		"ACCELO_DEPLOYMENT": &a.Deployment, "ACCELO_URL": &a.URL, "ACCELO_CLIENT_ID": &a.ClientID, "ACCELO_CLIENT_SECRET": &a.ClientSecret,
	}
	for _, option := range config.OptionNames() {
		if value, given := variables[config.Variable(option)]; given {
			in.Options[option] = value
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(variables)) {
		field, credential := fields[variable]
		switch {
		case credential:
			*field = variables[variable]
		case !slices.ContainsFunc(config.OptionNames(), func(option string) bool { return config.Variable(option) == variable }):
			return in, &InvalidError{Member: variable, Reason: variable + " is neither a credential nor an option of a connection"}
		}
	}
	return in, nil
}

func withScheme(address string) string {
	if address = strings.TrimSpace(address); address == "" || strings.Contains(address, "://") {
		return address
	}
	return "https://" + address
}

// vendors returns the credentials in the form that connections use. The error is an *InvalidError that names the first member at fault,
// and every fault.
func (c Credentials) vendors() (config.VendorCredentials, error) {
	if auth := c.NinjaOne.Auth; auth != "" && auth != "oauth" && auth != "legacy" {
		return config.VendorCredentials{}, &InvalidError{Member: "ninjaone.auth", Reason: `ninjaone.auth is neither "oauth" nor "legacy"`}
	}
	vendors, err := config.ParseVendors(c.variables())
	return vendors, faultsError(err, members)
}

// faultsError types the faults of settings, whose names become those of members.
func faultsError(err error, names map[string]string) error {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return err
	}
	invalid := &InvalidError{Err: err}
	var reasons []string
	for _, fault := range faults {
		member := fault.Variable
		if name, known := names[fault.Variable]; known {
			member = name
		}
		if invalid.Member == "" {
			invalid.Member = member
		}
		text := config.Fault{Variable: member, Problem: fault.Problem, Remedy: fault.Remedy}.Error()
		for variable, name := range names { // a problem may refer to another setting
			text = regexp.MustCompile(`\b`+variable+`\b`).ReplaceAllString(text, name)
		}
		reasons = append(reasons, text)
	}
	invalid.Reason = strings.Join(reasons, "; ")
	return invalid
}

// connectionName matches names of connections. They are part of URLs, workflow ids and file names.
var connectionName = regexp.MustCompile(`^[\pL\pN][\pL\pN ._-]{0,62}$`)

// checkName returns an *InvalidError unless a connection may have the name.
func checkName(name string) error {
	if connectionName.MatchString(name) && rules.CleanName(name) == name && !strings.Contains(name, "..") && name != "new" {
		return nil
	}
	return &InvalidError{Member: "name", Reason: "name is not usable: write up to 63 letters, digits, spaces, dots, dashes or underscores, " +
		"beginning with a letter or digit; \"new\" is taken by the page"}
}
