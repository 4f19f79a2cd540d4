package rules

import (
	"cmp"
	"time"
)

// RepeatNoteInterval is the shortest time between two notes about repeat alerts on one request.
const RepeatNoteInterval = 15 * time.Minute

// OnReset is what happens to a request when the last alert on it is reset in NinjaOne (ON_RESET).
type OnReset string

// The values of ON_RESET. The zero value means OnResetClose.
const (
	// OnResetClose closes the request.
	OnResetClose OnReset = "close"
	// OnResetCloseUnclaimed closes the request, or adds a note if a staff member has claimed it.
	OnResetCloseUnclaimed OnReset = "close-unclaimed"
	// OnResetNote only adds a note.
	OnResetNote OnReset = "note"
)

// OnConvert is what happens to an alert when its request is converted in Accelo (ON_CONVERT).
type OnConvert string

// The values of ON_CONVERT. The zero value means OnConvertReset.
const (
	// OnConvertReset resets the alert.
	OnConvertReset OnConvert = "reset"
	// OnConvertKeep leaves the alert as it is.
	OnConvertKeep OnConvert = "keep"
)

// RemoteControl says where remote control links come from (REMOTE_CONTROL). The zero value means the device's page in NinjaOne,
// where a technician finds the connect icon.
type RemoteControl struct {
	Source RemoteControlSource
	// Field is the NinjaOne device custom field that holds the ID to connect to. Only RemoteControlCustomField uses it.
	Field string
	// URLTemplate is the link, with ValuePlaceholder in place of the field's value. Only RemoteControlCustomField uses it.
	URLTemplate string
}

// RemoteControlSource is one of the ways to get a remote control link (ninjaone.md 4.8).
type RemoteControlSource string

// The sources of remote control links.
const (
	// RemoteControlDashboard is the device's page in NinjaOne.
	RemoteControlDashboard RemoteControlSource = "dashboard"
	// RemoteControlCustomField is a link built from a device custom field.
	RemoteControlCustomField RemoteControlSource = "custom-field"
	// RemoteControlLegacy is remote_control_url of NinjaOne's legacy API: one call returns the links of all devices.
	RemoteControlLegacy RemoteControlSource = "legacy"
)

// ValuePlaceholder stands for the custom field's value in RemoteControl.URLTemplate.
const ValuePlaceholder = "{value}"

// Dashboard reports whether the link is the device's page, which is known without a call.
func (r RemoteControl) Dashboard() bool {
	return r.Source == "" || r.Source == RemoteControlDashboard
}

// String returns the source in the form of REMOTE_CONTROL.
func (r RemoteControl) String() string {
	if r.Source == RemoteControlCustomField {
		return string(r.Source) + ":" + r.Field + "=" + r.URLTemplate
	}
	return cmp.Or(string(r.Source), string(RemoteControlDashboard))
}
