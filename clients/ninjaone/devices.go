package ninjaone

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strconv"
)

// Device is a node (ninjaone.md 4.1 and 4.2). Enumerations are plain strings, because NinjaOne adds values. Fields that
// NinjaOne omits are zero.
type Device struct {
	ID             int         `json:"id"`
	OrganizationID int         `json:"organizationId"`
	NodeClass      string      `json:"nodeClass"`
	RolePolicyID   int         `json:"rolePolicyId"` // from the organization's policy for the device's role
	PolicyID       int         `json:"policyId"`     // assigned to the device itself; overrides RolePolicyID
	ApprovalStatus string      `json:"approvalStatus"`
	DisplayName    string      `json:"displayName"` // only if a user set one
	SystemName     string      `json:"systemName"`
	DNSName        string      `json:"dnsName"`
	LastContact    Timestamp   `json:"lastContact"`
	LastUpdate     Timestamp   `json:"lastUpdate"`
	References     *References `json:"references"` // only if expanded

	// Only detailed calls return these fields.
	System           *System `json:"system"`
	ServiceTag       string  `json:"serviceTag"`       // of an ESXi host
	LastLoggedInUser string  `json:"lastLoggedInUser"` // DOMAIN\user
}

// SerialNumbers returns what the device reports as serial numbers, the most reliable first (ninjaone.md 4.2). Any of them may be empty or
// a placeholder.
func (d Device) SerialNumbers() []string {
	numbers := []string{d.ServiceTag}
	if d.System != nil {
		numbers = []string{d.System.SerialNumber, d.System.BIOSSerialNumber, d.ServiceTag}
	}
	return numbers
}

func (d Device) key() int { return d.ID }

// Approved reports whether NinjaOne manages the device. Older answers have no status (ninjaone.md 4.1).
func (d Device) Approved() bool { return d.ApprovalStatus == "" || d.ApprovalStatus == "APPROVED" }

// System describes the machine of a device with an agent.
type System struct {
	BIOSSerialNumber string `json:"biosSerialNumber"`
	SerialNumber     string `json:"serialNumber"`
}

// References are the records that a device refers to, if the webhook expands them (ninjaone.md 4.4).
type References struct {
	Organization *Organization `json:"organization"`
}

// DeviceQuery selects devices. The zero value selects every approved device; NinjaOne hides the others.
type DeviceQuery struct {
	// OrganizationID selects the devices of one organization; 0 selects all.
	OrganizationID int
	// AfterID skips the devices up to this ID.
	AfterID int
}

func devicesCall() apiCall { return apiCall{operation: "devices", path: "/v2/devices"} }

// Devices yields the devices page by page in order of ID, without the fields that only detailed calls return. It stops
// after the first error.
func (c *Client) Devices(ctx context.Context, query DeviceQuery) iter.Seq2[[]Device, error] {
	return c.devicePages(ctx, devicesCall(), query)
}

// DevicesDetailed is like Devices, but returns every field.
func (c *Client) DevicesDetailed(ctx context.Context, query DeviceQuery) iter.Seq2[[]Device, error] {
	return c.devicePages(ctx, apiCall{operation: "devices_detailed", path: "/v2/devices-detailed"}, query)
}

func (c *Client) devicePages(ctx context.Context, call apiCall, query DeviceQuery) iter.Seq2[[]Device, error] {
	filter, err := organizationFilter(call.operation, query.OrganizationID)
	if err != nil {
		return func(yield func([]Device, error) bool) { yield(nil, err) }
	}
	return keysetPages[Device](ctx, c, call, filter, query.AfterID)
}

// organizationFilter returns the device filter for one organization (ninjaone.md 4.6); 0 selects all.
func organizationFilter(operation string, organizationID int) (url.Values, error) {
	if organizationID == 0 {
		return nil, nil
	}
	if err := checkID(operation, organizationID); err != nil {
		return nil, err
	}
	return url.Values{"df": {fmt.Sprintf("org = %d", organizationID)}}, nil
}

// Device returns one device in detail, whatever its approval status. If it does not exist, IsNotFound is true.
func (c *Client) Device(ctx context.Context, id int) (Device, error) {
	return readObject[Device](ctx, c, "device", "/v2/device/", id)
}

// DeviceCustomFields returns the device's own custom fields by name. Dates in the values are milliseconds (ninjaone.md 8.1).
func (c *Client) DeviceCustomFields(ctx context.Context, id int) (map[string]json.RawMessage, error) {
	call := apiCall{operation: "device_custom_fields", oneRecord: true}
	if err := checkID(call.operation, id); err != nil {
		return nil, err
	}
	call.path = "/v2/device/" + strconv.Itoa(id) + "/custom-fields"
	var fields map[string]json.RawMessage
	if err := c.do(ctx, call, &fields); err != nil {
		return nil, err
	}
	return fields, nil
}
