package web

import (
	"net/url"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/store"
)

// ninjaOneLink returns the page of an organization or device in NinjaOne's web app (ninjaone.md 4.8), or "" if there is none. An alert
// has no page of its own.
func ninjaOneLink(ninjaoneURL string, kind store.Kind, id string) string {
	pages := map[store.Kind]string{store.Organizations: "customerDashboard", store.Devices: "deviceDashboard"}
	page, known := pages[kind]
	if _, err := strconv.ParseUint(id, 10, 63); !known || err != nil || !isWebURL(ninjaoneURL) {
		return ""
	}
	return strings.TrimRight(ninjaoneURL, "/") + "/#/" + page + "/" + id + "/overview"
}

// apiHost is the end of the hosts of Accelo's API, and appHost that of its web app.
const (
	apiHost = ".api.accelo.com"
	appHost = ".accelo.com"
)

// acceloLink returns the page of a company, contact or request in Accelo's web app (accelo.md 1), or "" if there is none. Nothing is
// known about the address of an asset's page.
func acceloLink(acceloURL string, kind store.Kind, id int64) string {
	actions := map[store.Kind]string{store.Organizations: "view_company", store.Contacts: "view_contact", store.Alerts: "customer_request"}
	action, known := actions[kind]
	base, err := url.Parse(acceloURL)
	if err != nil || !known || id <= 0 || !isWebURL(acceloURL) {
		return ""
	}
	if label, ours := strings.CutSuffix(base.Host, apiHost); ours {
		base.Host = label + appHost
	}
	base.Path, base.RawQuery = "/", url.Values{"action": {action}, "id": {strconv.FormatInt(id, 10)}}.Encode()
	return base.String()
}

func isWebURL(address string) bool {
	parsed, err := url.Parse(address)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != ""
}
