package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// VendorCredentials defines the connection `default`. The credentials of both vendors are complete.
type VendorCredentials struct {
	NinjaOne NinjaOne
	Accelo   Accelo
}

// NinjaOne says how to reach NinjaOne: with an OAuth client or with the legacy key pair, never both.
type NinjaOne struct {
	// URL is the base URL of the region or branded host, without a trailing slash.
	URL             string
	ClientID        string
	ClientSecret    Secret
	AccessKeyID     string
	SecretAccessKey Secret
	// SignIn is set if a user signs in to the application (authorization code), instead of it acting for itself.
	SignIn bool
}

// Legacy reports whether the legacy key pair is used instead of OAuth.
func (n NinjaOne) Legacy() bool { return n.AccessKeyID != "" }

// Accelo says how to reach Accelo.
type Accelo struct {
	// URL is the base URL, without /api/v0 and without a trailing slash.
	URL string
	// Deployment is the label of the deployment; empty if ACCELO_URL is a host that does not contain it.
	Deployment   string
	ClientID     string
	ClientSecret Secret
	// SignIn is set if the application is a web application that a user authorizes, instead of a service application.
	SignIn bool
}

// ParseVendors checks credentials that are given as variables of the environment, such as NINJAONE_CLIENT_ID. The error is a Faults.
func ParseVendors(variables map[string]string) (VendorCredentials, error) {
	environment := map[string]string{}
	for name, value := range variables {
		environment[name] = strings.TrimSpace(value)
	}
	var s settings
	err := env.ParseWithOptions(&s, env.Options{Environment: environment, FuncMap: parsers()})
	check := checker{environment: environment, faults: parseFaults(err, environment)}
	vendors := check.vendors(s)
	if vendors == nil && len(check.faults) == 0 {
		check.add("NINJAONE_CLIENT_ID", "is not set", "set the credentials of both vendors")
	}
	if len(check.faults) > 0 {
		return VendorCredentials{}, check.faults
	}
	return *vendors, nil
}

// CredentialsIn returns the variables of an environment that hold credentials of vendors for a connection. Those of the applications that users
// sign in to are the installation's.
func CredentialsIn(environ []string) map[string]string {
	credentials := map[string]string{}
	for name, value := range env.ToMap(environ) {
		if (strings.HasPrefix(name, "NINJAONE_") || strings.HasPrefix(name, "ACCELO_")) && strings.TrimSpace(value) != "" &&
			!slices.ContainsFunc(append(optionFields(), fields(reflect.TypeFor[SignIns]())...), func(field reflect.StructField) bool {
				return field.Tag.Get("env") == name
			}) {
			credentials[name] = value
		}
	}
	return credentials
}

// acceloHost follows the deployment's label in a host name (accelo.md 1).
const acceloHost = ".api.accelo.com"

// deploymentLabel matches a DNS label (accelo.md 1).
var deploymentLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// vendors checks the settings of both vendors together: they are complete, or none is set and the result is nil.
func (c *checker) vendors(s settings) *VendorCredentials {
	c.apiPath("NINJAONE_URL", "/v2", "/api/v2", "/api")
	c.apiPath("ACCELO_URL", "/api/v0", "/api", "/oauth2/v0", "/oauth2")
	oauth := []string{"NINJAONE_CLIENT_ID", "NINJAONE_CLIENT_SECRET"}
	legacy := []string{"NINJAONE_ACCESS_KEY_ID", "NINJAONE_SECRET_ACCESS_KEY"}
	accelo := []string{"ACCELO_CLIENT_ID", "ACCELO_CLIENT_SECRET"}
	all := slices.Concat(oauth, legacy, []string{"ACCELO_DEPLOYMENT", "ACCELO_URL"}, accelo)
	first := slices.IndexFunc(all, c.isSet)
	if first < 0 {
		return nil
	}
	problem := "is not set, but " + all[first] + " is"
	required := slices.Concat(oauth, accelo)
	if slices.ContainsFunc(legacy, c.isSet) {
		required = slices.Concat(legacy, accelo)
		if slices.ContainsFunc(oauth, c.isSet) {
			c.add("NINJAONE_ACCESS_KEY_ID", "is set together with NINJAONE_CLIENT_ID",
				"keep either the OAuth client (NINJAONE_CLIENT_ID, NINJAONE_CLIENT_SECRET) or the legacy key pair")
		}
	}
	for _, variable := range required {
		if !c.isSet(variable) {
			c.add(variable, problem, "set all credentials of both vendors, or none")
		}
	}
	vendors := &VendorCredentials{
		NinjaOne: NinjaOne{
			URL: string(s.NinjaOneURL), ClientID: s.NinjaOneClientID, ClientSecret: s.NinjaOneClientSecret,
			AccessKeyID: s.NinjaOneAccessKeyID, SecretAccessKey: s.NinjaOneSecretAccessKey,
		},
		Accelo: Accelo{
			URL: string(s.AcceloURL), Deployment: s.AcceloDeployment, ClientID: s.AcceloClientID, ClientSecret: s.AcceloClientSecret,
		},
	}
	switch {
	case c.isSet("ACCELO_DEPLOYMENT") && c.isSet("ACCELO_URL"):
		c.add("ACCELO_URL", "is set together with ACCELO_DEPLOYMENT", "keep one of them")
	case c.isSet("ACCELO_DEPLOYMENT"):
		c.label("ACCELO_DEPLOYMENT")
		vendors.Accelo.URL = "https://" + s.AcceloDeployment + acceloHost
	case c.isSet("ACCELO_URL"):
		vendors.Accelo.Deployment = findLabel(vendors.Accelo.URL)
	default:
		c.add("ACCELO_DEPLOYMENT", problem, "write the first part of your Accelo address: acme for https://acme.accelo.com")
	}
	return vendors
}

// apiPath rejects a base URL that ends in a path of the vendor's API, which the client adds.
func (c *checker) apiPath(variable string, paths ...string) {
	value := strings.TrimRight(c.environment[variable], "/")
	for _, path := range paths {
		if base, ok := strings.CutSuffix(value, path); ok {
			c.add(variable, "ends in "+path, "write "+base)
			return
		}
	}
}

// label checks a deployment's label. Users often paste the whole address instead.
func (c *checker) label(variable string) {
	value := c.environment[variable]
	if deploymentLabel.MatchString(value) {
		return
	}
	remedy := "write only the first part of your Accelo address: acme for https://acme.accelo.com"
	if label := findLabel(value); label != "" {
		remedy = "write " + label
	} else if lower := strings.ToLower(value); deploymentLabel.MatchString(lower) {
		remedy = "write " + lower
	}
	c.add(variable, "is not a deployment label: "+quote(value), remedy)
}

// findLabel returns the deployment's label in the address of its API or pages, or "" if there is none.
func findLabel(address string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(address), "https://"), "/")
	for _, suffix := range []string{acceloHost, ".accelo.com"} {
		if label, ok := strings.CutSuffix(host, suffix); ok && deploymentLabel.MatchString(label) {
			return label
		}
	}
	return ""
}
