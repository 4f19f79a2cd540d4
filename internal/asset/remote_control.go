package asset

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

// remoteControlLink returns the link that starts a remote control session with a device. It is empty if TeamViewer is off for the
// device's organization or class. Only a custom field takes a call, and only for devices that have TeamViewer. The legacy links
// were read before.
func (r *Reader) remoteControlLink(
	ctx context.Context, c tenant.Connection, device rules.Device, teamViewer rules.TeamViewer, legacy map[int]string,
) (string, error) {
	switch {
	case !teamViewer.Covers(device.NodeClass):
		return "", nil
	case r.remote.Source == rules.RemoteControlLegacy:
		return legacy[device.ID], nil
	case r.remote.Dashboard():
		return device.PageURL, nil
	}
	fields, err := c.NinjaOne.DeviceCustomFields(ctx, device.ID)
	if ninjaone.IsNotFound(err) {
		return "", nil // the device was deleted since it was listed
	}
	if err != nil {
		return "", fmt.Errorf("read custom field %q of device %d: %w", r.remote.Field, device.ID, err)
	}
	value := scalarText(fields[r.remote.Field])
	if value == "" {
		return "", nil
	}
	return strings.ReplaceAll(r.remote.URLTemplate, rules.ValuePlaceholder, url.QueryEscape(value)), nil
}

// scalarText returns a JSON string or number as text, and an empty text for anything else.
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
