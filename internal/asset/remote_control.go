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

// remoteControlLink returns the link that starts a remote control session with a device, and whether that is known. It is empty if
// TeamViewer is off for the device's organization or class. Only a custom field takes a call, and only for devices that have TeamViewer.
// The legacy links were read before.
func (r *Reader) remoteControlLink(
	ctx context.Context, c tenant.Connection, device rules.Device, teamViewer rules.TeamViewer, legacy map[int]string,
) (link string, known bool, err error) {
	switch {
	case teamViewer.Unknown, teamViewer.Enabled && device.NodeClass == "":
		return "", false, nil
	case !teamViewer.Covers(device.NodeClass):
		return "", true, nil
	case c.Options.RemoteControl.Source == rules.RemoteControlLegacy:
		link, known = legacy[device.ID]
		return link, known, nil
	case c.Options.RemoteControl.Dashboard():
		return device.PageURL, true, nil
	}
	fields, err := c.NinjaOne.DeviceCustomFields(ctx, device.ID)
	if ninjaone.IsNotFound(err) {
		return "", false, nil // the device was deleted since it was listed
	}
	if err != nil {
		return "", false, fmt.Errorf("read custom field %q of device %d: %w", c.Options.RemoteControl.Field, device.ID, err)
	}
	value, known := scalarText(fields[c.Options.RemoteControl.Field])
	if value == "" {
		return "", known, nil
	}
	return strings.ReplaceAll(c.Options.RemoteControl.URLTemplate, rules.ValuePlaceholder, url.QueryEscape(value)), true, nil
}

// scalarText returns a JSON string or number as text. A member that is null or absent is empty; anything else says nothing.
func scalarText(raw json.RawMessage) (text string, known bool) {
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return rules.CleanName(text), true
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String(), true
	}
	return "", false
}
