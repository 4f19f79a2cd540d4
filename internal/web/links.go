package web

import (
	"errors"
	"net/url"
	"strings"

	"ninjaone-accelo/internal/store"
)

// workflowLinks builds links to workflows in the Temporal UI.
type workflowLinks struct{ base string }

func newWorkflowLinks(temporalUIURL, namespace string) (workflowLinks, error) {
	if temporalUIURL == "" {
		return workflowLinks{}, nil
	}
	base, err := url.Parse(temporalUIURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return workflowLinks{}, errors.New("TEMPORAL_UI_URL is not a URL: use https://HOST, or leave it empty")
	}
	return workflowLinks{
		base: strings.TrimRight(temporalUIURL, "/") + "/namespaces/" + url.PathEscape(namespace) + "/workflows/",
	}, nil
}

// url returns the link to the latest run of a workflow, or "" if links are hidden or there is no workflow.
func (l workflowLinks) url(workflowID string) string {
	if l.base == "" || workflowID == "" {
		return ""
	}
	return l.base + url.PathEscape(workflowID)
}

// connectionPath returns the path of a connection's page, or of what lies below it. A name may hold any characters.
func connectionPath(name string, below ...string) string {
	path := integrationsPath + "/" + url.PathEscape(name)
	for _, part := range below {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// recordPath returns the path of a record's page.
func recordPath(connection string, kind store.Kind, ninjaID string) string {
	return connectionPath(connection, "records", string(kind), ninjaID)
}

// host returns the host of an address, or the address itself if it has none.
func host(address string) string {
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		return parsed.Host
	}
	return address
}
