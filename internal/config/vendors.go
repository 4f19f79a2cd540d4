package config

import (
	"regexp"
	"strings"
)

// VendorCredentials define the connection `default`: both vendors, always complete.
type VendorCredentials struct {
	NinjaOne NinjaOne
	Accelo   Accelo
}

// NinjaOne is how NinjaOne is reached: with an OAuth client, or with the legacy key pair; never both.
type NinjaOne struct {
	// URL is the base URL of the region or branded host, without a slash at the end.
	URL             string
	ClientID        string
	ClientSecret    Secret
	AccessKeyID     string
	SecretAccessKey Secret
}

// Legacy tells whether the legacy key pair is used instead of OAuth.
func (n NinjaOne) Legacy() bool { return n.AccessKeyID != "" }

// Accelo is how Accelo is reached.
type Accelo struct {
	// URL is the base URL, without /api/v0 and without a slash at the end.
	URL string
	// Deployment is the label of the deployment; empty where ACCELO_URL names a host that shows none.
	Deployment   string
	ClientID     string
	ClientSecret Secret
}

// acceloHost follows the deployment's label in a host name (contract accelo 1).
const acceloHost = ".api.accelo.com"

// deploymentLabel is contract accelo 1; a DNS label has at most 63 characters.
var deploymentLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// vendors checks the credentials of both vendors together and returns nil when none are set.
func (s settings) vendors(read reader) *VendorCredentials {
	hasNinjaOne := s.NinjaOneClientID+s.NinjaOneClientSecret+s.NinjaOneAccessKeyID+s.NinjaOneSecretAccessKey != ""
	hasAccelo := s.AcceloDeployment+s.AcceloURL+s.AcceloClientID+s.AcceloClientSecret != ""
	// Checked even where no credentials are set: a wrong address should not wait for them to be found.
	ninjaOne, accelo := s.ninjaOne(read), s.accelo(read, hasAccelo)
	switch {
	case hasNinjaOne && !hasAccelo:
		read.faults.add("ACCELO_CLIENT_ID", "is not set, while NinjaOne's credentials are",
			"set ACCELO_DEPLOYMENT, ACCELO_CLIENT_ID and ACCELO_CLIENT_SECRET too, or none of both vendors")
	case hasAccelo && !hasNinjaOne:
		read.faults.add("NINJAONE_CLIENT_ID", "is not set, while Accelo's settings are",
			"set NINJAONE_CLIENT_ID and NINJAONE_CLIENT_SECRET too, or none of both vendors")
	case !hasNinjaOne:
		return nil
	}
	return &VendorCredentials{NinjaOne: ninjaOne, Accelo: accelo}
}

func (s settings) ninjaOne(read reader) NinjaOne {
	oauth := read.pair("NINJAONE_CLIENT_ID", s.NinjaOneClientID, "NINJAONE_CLIENT_SECRET", s.NinjaOneClientSecret)
	legacy := read.pair("NINJAONE_ACCESS_KEY_ID", s.NinjaOneAccessKeyID,
		"NINJAONE_SECRET_ACCESS_KEY", s.NinjaOneSecretAccessKey)
	if oauth && legacy {
		read.faults.add("NINJAONE_ACCESS_KEY_ID", "is set together with NINJAONE_CLIENT_ID",
			"keep the OAuth client (NINJAONE_CLIENT_ID, NINJAONE_CLIENT_SECRET) or the legacy key pair")
	}
	return NinjaOne{
		URL:             read.baseURL("NINJAONE_URL", s.NinjaOneURL, "/v2", "/api/v2", "/api"),
		ClientID:        s.NinjaOneClientID,
		ClientSecret:    Secret(s.NinjaOneClientSecret),
		AccessKeyID:     s.NinjaOneAccessKeyID,
		SecretAccessKey: Secret(s.NinjaOneSecretAccessKey),
	}
}

func (s settings) accelo(read reader, wanted bool) Accelo {
	accelo := Accelo{
		URL:          read.baseURL("ACCELO_URL", s.AcceloURL, "/api/v0", "/api", "/oauth2/v0", "/oauth2"),
		Deployment:   s.AcceloDeployment,
		ClientID:     s.AcceloClientID,
		ClientSecret: Secret(s.AcceloClientSecret),
	}
	if !wanted {
		return accelo
	}
	if !read.pair("ACCELO_CLIENT_ID", s.AcceloClientID, "ACCELO_CLIENT_SECRET", s.AcceloClientSecret) {
		read.faults.add("ACCELO_CLIENT_ID", "is not set, while Accelo's address is",
			"set ACCELO_CLIENT_ID and ACCELO_CLIENT_SECRET, or no address")
	}
	switch {
	case s.AcceloDeployment != "" && s.AcceloURL != "":
		read.faults.add("ACCELO_URL", "is set together with ACCELO_DEPLOYMENT", "keep one of them")
	case s.AcceloDeployment != "":
		read.label("ACCELO_DEPLOYMENT", s.AcceloDeployment)
		accelo.URL = "https://" + s.AcceloDeployment + acceloHost
	case s.AcceloURL != "":
		accelo.Deployment = labelIn(s.AcceloURL)
	default:
		read.faults.add("ACCELO_DEPLOYMENT", "is not set, while Accelo's credentials are",
			"write the first part of your Accelo address: acme for https://acme.accelo.com")
	}
	return accelo
}

// pair reports half a pair, and tells whether either of the two is set.
func (r reader) pair(idVariable, id, secretVariable, secret string) bool {
	switch {
	case id != "" && secret == "":
		r.faults.add(secretVariable, "is not set, while "+idVariable+" is", "set both or none")
	case id == "" && secret != "":
		r.faults.add(idVariable, "is not set, while "+secretVariable+" is", "set both or none")
	}
	return id != "" || secret != ""
}

// label checks a deployment's label, and finds it in a whole address, which people paste instead.
func (r reader) label(variable, value string) {
	if deploymentLabel.MatchString(value) {
		return
	}
	remedy := "write only the first part of your Accelo address: acme for https://acme.accelo.com"
	if label := labelIn(value); label != "" {
		remedy = "write " + label
	} else if lower := strings.ToLower(value); deploymentLabel.MatchString(lower) {
		remedy = "write " + lower
	}
	r.faults.add(variable, "is no deployment label: "+quote(value), remedy)
}

// labelIn finds the deployment's label in an address of Accelo's API or pages, or returns "".
func labelIn(address string) string {
	host := strings.TrimPrefix(strings.ToLower(address), "https://")
	host, _, _ = strings.Cut(host, "/")
	for _, suffix := range []string{acceloHost, ".accelo.com"} {
		if label, ok := strings.CutSuffix(host, suffix); ok && deploymentLabel.MatchString(label) {
			return label
		}
	}
	return ""
}
