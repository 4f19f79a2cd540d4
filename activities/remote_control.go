package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// remoteControlLink is the link that starts a remote control session with a device, empty where TeamViewer is off for its
// organization or class. Only a custom field costs a call, and only for devices that have TeamViewer. The legacy links were
// read before.
func (a *Activities) remoteControlLink(
	ctx context.Context, c tenant.Connection, device rules.Device, teamViewer rules.TeamViewer, legacy map[int]string,
) (string, error) {
	source := a.options.RemoteControl
	switch {
	case !teamViewer.Covers(device.NodeClass):
		return "", nil
	case source.Source == rules.RemoteControlLegacy:
		return legacy[device.ID], nil
	case source.Dashboard():
		return device.PageURL, nil
	}
	fields, err := c.NinjaOne.DeviceCustomFields(ctx, device.ID)
	if ninjaone.IsNotFound(err) {
		return "", nil // the device was deleted since it was listed
	}
	if err != nil {
		return "", fmt.Errorf("read custom field %q of device %d: %w", source.Field, device.ID, err)
	}
	value := scalarText(fields[source.Field])
	if value == "" {
		return "", nil
	}
	return strings.ReplaceAll(source.URLTemplate, rules.ValuePlaceholder, url.QueryEscape(value)), nil
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
