package evidence

import (
	"context"
	"fmt"
	"strings"

	"ninjaone-accelo/clients/ninjaone"
)

// Device is what NinjaOne says about the alerts of one device.
type Device struct {
	// Gone means that the device was deleted, and its alerts with it.
	Gone   bool
	active map[string]bool
}

// HasActive reports whether the device's own list has an alert.
func (d Device) HasActive(uid string) bool { return d.active[strings.ToLower(uid)] }

// DeviceOf reads the active alerts of a device. A 404 proves nothing yet, because some regions lack the call: only the device itself
// can be gone (ninjaone.md 8.2).
func DeviceOf(ctx context.Context, client *ninjaone.Client, id int) (Device, error) {
	alerts, err := client.DeviceAlerts(ctx, id)
	if ninjaone.IsNotFound(err) {
		if gone, existsErr := IsGone(ctx, client, id); existsErr != nil || gone {
			return Device{Gone: gone}, existsErr
		}
	}
	if err != nil {
		return Device{}, fmt.Errorf("read the alerts of device %d: %w", id, err)
	}
	if alerts.Unreadable > 0 { // any alert may be one of them
		return Device{}, fmt.Errorf("%d alerts of device %d have no readable uid", alerts.Unreadable, id)
	}
	device := Device{active: make(map[string]bool, len(alerts.Alerts))}
	for _, alert := range alerts.Alerts {
		device.active[strings.ToLower(alert.UID)] = true
	}
	return device, nil
}

// IsGone reports whether NinjaOne says that it has no such device. Any other error is returned.
func IsGone(ctx context.Context, client *ninjaone.Client, id int) (bool, error) {
	_, err := client.Device(ctx, id)
	if ninjaone.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read device %d: %w", id, err)
	}
	return false, nil
}
