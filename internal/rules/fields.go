package rules

import (
	"strconv"
	"strings"
	"time"
)

// FieldType is one of Accelo's types of custom field (accelo.md 8.5).
type FieldType string

// The types of our custom fields.
const (
	TextField      FieldType = "text"
	DateTimeField  FieldType = "date_time"
	HyperlinkField FieldType = "hyperlink"
)

// Field is a custom field of the asset type (interface.md 5).
type Field struct {
	Name string
	Type FieldType
	// Volatile values change constantly. They alone cause a write only if the last one is old.
	Volatile bool
	value    func(Device) string
}

// Value returns the field's value for a device: plain text, a URL, or Unix seconds. It is empty if NinjaOne has none.
func (f Field) Value(device Device) string {
	return f.value(device)
}

// Names of the custom fields that are used elsewhere too.
const (
	DisplayNameField   = "display_name"
	DNSNameField       = "dns_name"
	LastUserField      = "last_logged_in_user"
	LastOnlineField    = "last_online"
	LastUpdateField    = "last_update"
	RoleField          = "role"
	NodeClassField     = "sub_type"
	PageField          = "ninja_url"
	RemoteControlField = "Ninja Device Remote Control"
)

// Fields returns the ten custom fields in the order in which they are created. NinjaOne owns their values.
func Fields() []Field {
	return []Field{
		{Name: DisplayNameField, Type: TextField, value: func(d Device) string { return CleanName(d.DisplayName) }},
		{Name: DNSNameField, Type: TextField, value: func(d Device) string { return CleanName(d.DNSName) }},
		{Name: LastUserField, Type: TextField, value: func(d Device) string { return CleanName(d.LastUser) }},
		{Name: LastOnlineField, Type: DateTimeField, Volatile: true, value: func(d Device) string { return unixSeconds(d.LastContact) }},
		{Name: LastUpdateField, Type: DateTimeField, Volatile: true, value: func(d Device) string { return unixSeconds(d.LastUpdate) }},
		{Name: PageField, Type: HyperlinkField, value: func(d Device) string { return d.PageURL }},
		{Name: RoleField, Type: TextField, value: func(d Device) string { return CleanName(d.Policy) }},
		{Name: "type", Type: TextField, value: func(d Device) string { return DeviceType(d.NodeClass) }},
		{Name: NodeClassField, Type: TextField, value: func(d Device) string { return d.NodeClass }},
		{Name: RemoteControlField, Type: HyperlinkField, value: func(d Device) string { return d.RemoteControl }},
	}
}

// Values returns the custom field values of a device by field name, without empty ones.
func Values(device Device) map[string]string {
	values := map[string]string{}
	for _, field := range Fields() {
		if value := field.Value(device); value != "" {
			values[field.Name] = value
		}
	}
	return values
}

// DeviceType maps a NinjaOne node class (ninjaone.md 4.3) to one of the eight types that assets show (interface.md 5). An unknown class is
// an AGENT, or an NMS_TARGET if it has that prefix.
func DeviceType(nodeClass string) string {
	switch nodeClass {
	case "":
		return ""
	case "CLOUD_MONITOR_TARGET":
		return "MONITOR_SERVER"
	case "NMS_SERVER", "NMS_NETWORK_MANAGEMENT_AGENT":
		return "NMS_SERVER"
	case "VMWARE_VM_HOST", "HYPERV_VMM_HOST":
		return "VM_HOST"
	case "VMWARE_VM_GUEST", "HYPERV_VMM_GUEST":
		return "VM_GUEST"
	case "ANDROID", "APPLE_IOS", "APPLE_IPADOS":
		return "MOBILE"
	case "UNMANAGED_DEVICE":
		return "UNMANAGED"
	}
	if strings.HasPrefix(nodeClass, "NMS_") {
		return "NMS_TARGET"
	}
	return "AGENT"
}

// secondsTime is the inverse of unixSeconds.
func secondsTime(text string) time.Time {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func unixSeconds(t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}
