package ninjaone

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// World is a copy of all data of the simulator.
type World struct {
	Organizations []Organization `json:"organizations"`
	Devices       []Device       `json:"devices"`
	Policies      []Policy       `json:"policies"`
	Roles         []Role         `json:"roles"`
	Users         []User         `json:"users"`
	Apps          []App          `json:"apps"`
	// Alerts are the active alerts, in the order in which they were triggered.
	Alerts []Alert `json:"alerts"`
	// Activities are sorted by ID.
	Activities []Activity `json:"activities"`
	// Webhook is the registered webhook, or nil.
	Webhook *Webhook `json:"webhook,omitempty"`
	// WebhookDisabled reports that deliveries stopped after too many failures.
	WebhookDisabled bool `json:"webhook_disabled,omitempty"`
}

// Organization is a customer of the MSP (ninjaone.md 3).
type Organization struct {
	ID               int            `json:"id"`
	Name             string         `json:"name"`
	Description      string         `json:"description,omitempty"`
	NodeApprovalMode string         `json:"node_approval_mode"`
	Locations        []Location     `json:"locations"`
	UserData         map[string]any `json:"user_data,omitempty"`
	// RolePolicies maps the ID of a role to the ID of its devices' policy.
	RolePolicies map[int]int `json:"role_policies"`
	// TeamViewer and TeamViewerTargets are settings.teamviewer: whether it is enabled and for which node classes.
	TeamViewer        bool     `json:"teamviewer"`
	TeamViewerTargets []string `json:"teamviewer_targets,omitempty"`
}

// Location is a site of an organization (ninjaone.md 3).
type Location struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Address     string `json:"address,omitempty"`
	Description string `json:"description,omitempty"`
}

// Device is a node (ninjaone.md 4). Replies omit empty members.
type Device struct {
	ID             int       `json:"id"`
	UID            string    `json:"uid"`
	ParentDeviceID int       `json:"parent_device_id,omitempty"`
	OrganizationID int       `json:"organization_id"`
	LocationID     int       `json:"location_id,omitempty"`
	NodeClass      string    `json:"node_class"`
	RoleID         int       `json:"role_id"`
	PolicyID       int       `json:"policy_id,omitempty"`
	ApprovalStatus string    `json:"approval_status"`
	Offline        bool      `json:"offline"`
	DisplayName    string    `json:"display_name,omitempty"`
	SystemName     string    `json:"system_name,omitempty"`
	DNSName        string    `json:"dns_name,omitempty"`
	NetbiosName    string    `json:"netbios_name,omitempty"`
	Created        time.Time `json:"created"`
	LastContact    time.Time `json:"last_contact,omitzero"`
	LastUpdate     time.Time `json:"last_update,omitzero"`
	SerialNumber   string    `json:"serial_number,omitempty"`
	// BIOSSerialNumber is what the firmware reports, if that is not the SerialNumber.
	BIOSSerialNumber string         `json:"bios_serial_number,omitempty"`
	LastUser         string         `json:"last_user,omitempty"`
	LastLogon        time.Time      `json:"last_logon,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	UserData         map[string]any `json:"user_data,omitempty"`
	Tags             []string       `json:"tags,omitempty"`
}

// Policy is a set of conditions for devices of a node class (ninjaone.md 4.5).
type Policy struct {
	ID        int       `json:"id"`
	ParentID  int       `json:"parent_id,omitempty"`
	Name      string    `json:"name"`
	NodeClass string    `json:"node_class"`
	Updated   time.Time `json:"updated"`
	Default   bool      `json:"default"`
}

// Role is a device role (ninjaone.md 4.5).
type Role struct {
	ID        int       `json:"id"`
	Name      string    `json:"name"`
	NodeClass string    `json:"node_class"`
	Custom    bool      `json:"custom"`
	Chassis   string    `json:"chassis"`
	Created   time.Time `json:"created"`
}

// User is a technician of the MSP (ninjaone.md 4.5).
type User struct {
	ID        int    `json:"id"`
	UID       string `json:"uid"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	// Administrator is set for system administrators, who may register webhooks (ninjaone.md 7.1).
	Administrator bool `json:"administrator"`
}

// Alert is a triggered condition (ninjaone.md 5.2).
type Alert struct {
	UID             string          `json:"uid"`
	DeviceID        int             `json:"device_id"`
	Message         string          `json:"message"`
	Created         time.Time       `json:"created"`
	Updated         time.Time       `json:"updated"`
	SourceType      string          `json:"source_type"`
	SourceConfigUID string          `json:"source_config_uid"`
	SourceName      string          `json:"source_name"`
	Subject         string          `json:"subject"`
	Severity        string          `json:"severity,omitempty"`
	Priority        string          `json:"priority,omitempty"`
	ConditionName   string          `json:"condition_name,omitempty"`
	Data            json.RawMessage `json:"data,omitempty"`
	// ActivityID is the ID of the TRIGGERED activity. The legacy API uses it as the alert's ID.
	ActivityID int64 `json:"activity_id"`
}

// Activity is a row of the activity log (ninjaone.md 6.3). Its display texts are derived from the codes when it is read.
type Activity struct {
	ID              int64           `json:"id"`
	Time            time.Time       `json:"time"`
	DeviceID        int             `json:"device_id,omitempty"`
	OrganizationID  int             `json:"organization_id,omitempty"`
	Severity        string          `json:"severity,omitempty"`
	Priority        string          `json:"priority,omitempty"`
	SeriesUID       string          `json:"series_uid,omitempty"`
	Type            string          `json:"type"`
	StatusCode      string          `json:"status_code"`
	Result          string          `json:"result,omitempty"`
	SourceConfigUID string          `json:"source_config_uid,omitempty"`
	SourceName      string          `json:"source_name"`
	Subject         string          `json:"subject"`
	UserID          int             `json:"user_id,omitempty"`
	Message         string          `json:"message"`
	Data            json.RawMessage `json:"data,omitempty"`
}

// Webhook is the registered webhook (ninjaone.md 7.1).
type Webhook struct {
	URL string `json:"url"`
	// Activities maps activity types to status codes; "*" stands for all codes. Nil means all activities.
	Activities      map[string][]string `json:"activities,omitempty"`
	Expand          []string            `json:"expand,omitempty"`
	Headers         []WebhookHeader     `json:"headers,omitempty"`
	OrganizationIDs []int               `json:"organizationIds,omitempty"`
}

// WebhookHeader is a header of every delivery.
type WebhookHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// clone returns a deep copy.
func (o Organization) clone() Organization {
	o.Locations = slices.Clone(o.Locations)
	o.RolePolicies = maps.Clone(o.RolePolicies)
	o.TeamViewerTargets = slices.Clone(o.TeamViewerTargets)
	o.UserData = maps.Clone(o.UserData)
	return o
}

// clone returns a deep copy.
func (d Device) clone() Device {
	d.CustomFields = maps.Clone(d.CustomFields)
	d.UserData = maps.Clone(d.UserData)
	d.Tags = slices.Clone(d.Tags)
	return d
}

// clone returns a deep copy, or nil.
func (w *Webhook) clone() *Webhook {
	if w == nil {
		return nil
	}
	copied := *w
	copied.Activities = maps.Clone(w.Activities)
	copied.Expand = slices.Clone(w.Expand)
	copied.Headers = slices.Clone(w.Headers)
	copied.OrganizationIDs = slices.Clone(w.OrganizationIDs)
	return &copied
}
