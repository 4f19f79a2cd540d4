package config

import (
	"net/url"
	"strings"
)

// RemoteControl is where remote control links come from (contract ninjaone 4.8).
type RemoteControl struct {
	Source RemoteControlSource
	// Field is the name of the NinjaOne device custom field; set for RemoteControlCustomField only.
	Field string
	// URLTemplate is the link, with ValuePlaceholder where the field's value goes; set for RemoteControlCustomField only.
	URLTemplate string
}

// RemoteControlSource is one of the ways to a remote control link.
type RemoteControlSource string

// The sources of remote control links.
const (
	// RemoteControlDashboard is the device's page in NinjaOne.
	RemoteControlDashboard RemoteControlSource = "dashboard"
	// RemoteControlCustomField is a link built from a device custom field.
	RemoteControlCustomField RemoteControlSource = "custom-field"
	// RemoteControlLegacy is remote_control_url of NinjaOne's legacy API.
	RemoteControlLegacy RemoteControlSource = "legacy"
)

// ValuePlaceholder stands for the custom field's value in RemoteControl.URLTemplate.
const ValuePlaceholder = "{value}"

// remoteControl reads `dashboard`, `legacy` or `custom-field:NAME=URL-TEMPLATE`.
func (r reader) remoteControl(variable, value string) RemoteControl {
	switch source := RemoteControlSource(value); source {
	case RemoteControlDashboard, RemoteControlLegacy:
		return RemoteControl{Source: source}
	}
	rest, isField := strings.CutPrefix(value, string(RemoteControlCustomField)+":")
	field, template, isPair := strings.Cut(rest, "=")
	field, template = strings.TrimSpace(field), strings.TrimSpace(template)
	switch {
	case !isField:
		r.faults.add(variable, "is "+quote(value), "write dashboard, legacy or custom-field:NAME=URL-TEMPLATE")
	case !isPair || field == "":
		r.faults.add(variable, "names no custom field with a link",
			"write custom-field:NAME=URL-TEMPLATE, such as custom-field:teamviewerId=https://start.teamviewer.com/{value}")
	case !strings.Contains(template, ValuePlaceholder):
		r.faults.add(variable, "has no {value} in its link", "put {value} where the content of "+quote(field)+" belongs")
	case !isLinkTemplate(template):
		r.faults.add(variable, "is no link to a fixed https host",
			"write a template such as https://start.teamviewer.com/{value}")
	}
	return RemoteControl{Source: RemoteControlCustomField, Field: field, URLTemplate: template}
}

// isLinkTemplate tells whether the value of a custom field, which is untrusted, can only fill a part of the link after
// its host.
func isLinkTemplate(template string) bool {
	before, _, _ := strings.Cut(template, ValuePlaceholder)
	link, err := url.Parse(before)
	return err == nil && link.Scheme == "https" && link.Hostname() != "" && link.User == nil &&
		(link.Path != "" || link.RawQuery != "" || link.ForceQuery)
}
