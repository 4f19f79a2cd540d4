package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
)

// RemoteControl is where remote control links come from (interface section 2, REMOTE_CONTROL). The zero value is the
// device's page in NinjaOne, where a technician finds the connect icon.
type RemoteControl struct {
	// Legacy takes remote_control_url of NinjaOne's legacy API, one call for all devices.
	Legacy bool
	// CustomField is the NinjaOne device custom field that holds the id to connect to; empty for the device's page.
	CustomField string
	// URLTemplate is the link, with {value} where the field's value goes.
	URLTemplate string
}

// Dashboard tells that the link is the device's page, which is known without asking.
func (r RemoteControl) Dashboard() bool {
	return r.CustomField == "" && !r.Legacy
}

// remoteControlLink is the link that starts a remote control session with a device, empty where TeamViewer is off for its
// organization or class. Only a custom field costs a call, and only for devices that have TeamViewer. The legacy links were
// read before.
func (a *Activities) remoteControlLink(
	ctx context.Context, c Connection, device rules.Device, teamViewer rules.TeamViewer, legacy map[int]string,
) (string, error) {
	source := a.options.RemoteControl
	switch {
	case !teamViewer.Covers(device.NodeClass):
		return "", nil
	case source.Legacy:
		return legacy[device.ID], nil
	case source.Dashboard():
		return device.PageURL, nil
	}
	fields, err := c.NinjaOne.DeviceCustomFields(ctx, device.ID)
	if ninjaone.IsNotFound(err) {
		return "", nil // the device was deleted since it was listed
	}
	if err != nil {
		return "", fmt.Errorf("read custom field %q of device %d: %w", source.CustomField, device.ID, err)
	}
	value := scalarText(fields[source.CustomField])
	if value == "" {
		return "", nil
	}
	return strings.ReplaceAll(source.URLTemplate, "{value}", url.QueryEscape(value)), nil
}

// scalarText is a JSON string or number as text, and empty for anything else.
func scalarText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return rules.CleanName(text)
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
