package ninjaone

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
)

// Device is a node (contract ninjaone 4.1 and 4.2). Enumerations are plain strings, because they grow; what NinjaOne
// leaves out is zero. Members from OS on come with detailed calls only.
type Device struct {
	ID             int         `json:"id"`
	UID            string      `json:"uid,omitempty"`
	ParentDeviceID int         `json:"parentDeviceId,omitempty"`
	OrganizationID int         `json:"organizationId,omitempty"`
	LocationID     int         `json:"locationId,omitempty"`
	NodeClass      string      `json:"nodeClass,omitempty"`
	NodeRoleID     int         `json:"nodeRoleId,omitempty"`
	RolePolicyID   int         `json:"rolePolicyId,omitempty"` // from the organization's mapping of the role
	PolicyID       int         `json:"policyId,omitempty"`     // assigned to the device itself; goes before RolePolicyID
	ApprovalStatus string      `json:"approvalStatus,omitempty"`
	Offline        bool        `json:"offline,omitempty"`
	DisplayName    string      `json:"displayName,omitempty"` // only where a person set one
	SystemName     string      `json:"systemName,omitempty"`
	DNSName        string      `json:"dnsName,omitempty"`
	NetBIOSName    string      `json:"netbiosName,omitempty"`
	Created        Timestamp   `json:"created,omitzero"`
	LastContact    Timestamp   `json:"lastContact,omitzero"`
	LastUpdate     Timestamp   `json:"lastUpdate,omitzero"`
	Tags           []string    `json:"tags,omitempty"`
	References     *References `json:"references,omitempty"` // only where expanded

	DeviceType       string           `json:"deviceType,omitempty"`
	OS               *OperatingSystem `json:"os,omitempty"`
	System           *System          `json:"system,omitempty"`
	IPAddresses      []string         `json:"ipAddresses,omitempty"`
	MACAddresses     []string         `json:"macAddresses,omitempty"`
	PublicIP         string           `json:"publicIP,omitempty"`
	LastLoggedInUser string           `json:"lastLoggedInUser,omitempty"` // DOMAIN\user
}

// System describes an agent's machine.
type System struct {
	Name             string `json:"name,omitempty"`
	Manufacturer     string `json:"manufacturer,omitempty"`
	Model            string `json:"model,omitempty"`
	BIOSSerialNumber string `json:"biosSerialNumber,omitempty"`
	SerialNumber     string `json:"serialNumber,omitempty"`
	Domain           string `json:"domain,omitempty"`
	ChassisType      string `json:"chassisType,omitempty"`
	VirtualMachine   bool   `json:"virtualMachine,omitempty"`
}

// OperatingSystem describes what an agent's machine runs.
type OperatingSystem struct {
	Name         string    `json:"name,omitempty"`
	Manufacturer string    `json:"manufacturer,omitempty"`
	Architecture string    `json:"architecture,omitempty"`
	BuildNumber  string    `json:"buildNumber,omitempty"`
	ReleaseID    string    `json:"releaseId,omitempty"`
	NeedsReboot  bool      `json:"needsReboot,omitempty"`
	LastBootTime Timestamp `json:"lastBootTime,omitzero"`
}

// References are the records that a device refers to, where NinjaOne was asked to expand them (contract ninjaone 4.4).
type References struct {
	Organization *Organization `json:"organization,omitempty"`
	Location     *Location     `json:"location,omitempty"`
	Policy       *Policy       `json:"policy,omitempty"`
	RolePolicy   *Policy       `json:"rolePolicy,omitempty"`
	Role         *Role         `json:"role,omitempty"`
}

// Location is a site of an organization.
type Location struct {
	ID          int    `json:"id"`
	Name        string `json:"name,omitempty"`
	Address     string `json:"address,omitempty"`
	Description string `json:"description,omitempty"`
}

func deviceID(d Device) int { return d.ID }

// DevicesDetailed yields whole pages of the selected devices in ascending id, beginning after the given id (0: from the
// start). After an error is yielded the iteration ends.
func (c *Client) DevicesDetailed(ctx context.Context, filter DeviceFilter, after int) iter.Seq2[[]Device, error] {
	query, err := filter.query()
	if err != nil {
		return failing[Device](err)
	}
	return keyset(ctx, c, request{operation: "devices_detailed", path: "/v2/devices-detailed"}, query, after, deviceID)
}

// Devices yields whole pages of all devices, without the members that only detailed calls tell, in ascending id, beginning
// after the given id (0: from the start). After an error is yielded the iteration ends.
func (c *Client) Devices(ctx context.Context, after int) iter.Seq2[[]Device, error] {
	return keyset(ctx, c, request{operation: "devices", path: "/v2/devices"}, nil, after, deviceID)
}

// Device fetches one device in detail, whatever its approval status. An unknown id answers to IsNotFound.
func (c *Client) Device(ctx context.Context, id int) (Device, error) {
	return single(ctx, c, "device", "/v2/device/", id, deviceID)
}

// DeviceCustomFields fetches a device's own custom fields by name. Dates among the values are milliseconds (contract
// ninjaone 8.1).
func (c *Client) DeviceCustomFields(ctx context.Context, id int) (map[string]json.RawMessage, error) {
	r := request{operation: "device_custom_fields", single: true}
	if err := checkID(r.operation, id); err != nil {
		return nil, err
	}
	r.path = "/v2/device/" + strconv.Itoa(id) + "/custom-fields"
	var fields map[string]json.RawMessage
	if err := c.do(ctx, r, &fields); err != nil {
		return nil, err
	}
	return fields, nil
}

// query is the filter as a parameter; nil for the zero filter.
func (f DeviceFilter) query() (url.Values, error) {
	if f.err != nil {
		return nil, f.err
	}
	if len(f.predicates) == 0 {
		return nil, nil
	}
	return url.Values{"df": {f.String()}}, nil
}
