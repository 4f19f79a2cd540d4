package ninjaone

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// seconds is a time in REST replies: epoch seconds with 9 decimals (ninjaone.md 8.1).
type seconds struct{ time.Time }

// MarshalJSON writes 9 decimals.
func (s seconds) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%09d", s.Unix(), s.Nanosecond()), nil
}

// millis is a time in webhooks: epoch seconds with 3 decimals (ninjaone.md 7.2).
type millis struct{ time.Time }

// MarshalJSON writes 3 decimals.
func (m millis) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%03d", m.Unix(), m.Nanosecond()/1e6), nil
}

// stamp is one of the two time formats.
type stamp interface {
	seconds | millis
	IsZero() bool
}

// nodeJSON is a basic node (ninjaone.md 4.1).
type nodeJSON[T stamp] struct {
	ID             int             `json:"id"`
	UID            string          `json:"uid,omitempty"`
	ParentDeviceID int             `json:"parentDeviceId,omitempty"`
	OrganizationID int             `json:"organizationId"`
	LocationID     int             `json:"locationId,omitempty"`
	NodeClass      string          `json:"nodeClass"`
	NodeRoleID     int             `json:"nodeRoleId,omitempty"`
	RolePolicyID   int             `json:"rolePolicyId,omitempty"`
	PolicyID       int             `json:"policyId,omitempty"`
	ApprovalStatus string          `json:"approvalStatus"`
	Offline        bool            `json:"offline"`
	DisplayName    string          `json:"displayName,omitempty"`
	SystemName     string          `json:"systemName,omitempty"`
	DNSName        string          `json:"dnsName,omitempty"`
	NetbiosName    string          `json:"netbiosName,omitempty"`
	Created        T               `json:"created,omitzero"`
	LastContact    T               `json:"lastContact,omitzero"`
	LastUpdate     T               `json:"lastUpdate,omitzero"`
	UserData       map[string]any  `json:"userData,omitempty"`
	Tags           []string        `json:"tags"`
	References     *referencesJSON `json:"references,omitempty"`
}

// referencesJSON are the expanded references of a webhook's device (ninjaone.md 4.4).
type referencesJSON struct {
	Organization *organizationJSON `json:"organization,omitempty"`
	Location     *locationJSON     `json:"location,omitempty"`
	RolePolicy   *policyJSON       `json:"rolePolicy,omitempty"`
	Policy       *policyJSON       `json:"policy,omitempty"`
	Role         *roleJSON         `json:"role,omitempty"`
}

// node renders a device with times of the given format. The caller holds the lock.
func node[T stamp](w *world, d *Device, convert func(time.Time) T) nodeJSON[T] {
	out := nodeJSON[T]{
		ID: d.ID, UID: d.UID, ParentDeviceID: d.ParentDeviceID, OrganizationID: d.OrganizationID, LocationID: d.LocationID,
		NodeClass: d.NodeClass, NodeRoleID: d.RoleID, PolicyID: d.PolicyID, ApprovalStatus: d.ApprovalStatus, Offline: d.Offline,
		DisplayName: d.DisplayName, SystemName: d.SystemName, DNSName: d.DNSName, NetbiosName: d.NetbiosName,
		Created: convert(d.Created), LastContact: convert(d.LastContact), LastUpdate: convert(d.LastUpdate),
		UserData: maps.Clone(d.UserData), Tags: append([]string{}, d.Tags...),
	}
	if owner := w.organization(d.OrganizationID); owner != nil {
		out.RolePolicyID = owner.RolePolicies[d.RoleID]
	}
	return out
}

func restTime(t time.Time) seconds   { return seconds{t} }
func webhookTime(t time.Time) millis { return millis{t} }

// organizationJSON is an organization, optionally with details (ninjaone.md 3).
type organizationJSON struct {
	Name             string           `json:"name"`
	Description      string           `json:"description,omitempty"`
	UserData         map[string]any   `json:"userData,omitempty"`
	NodeApprovalMode string           `json:"nodeApprovalMode"`
	ID               int              `json:"id"`
	Locations        []locationJSON   `json:"locations,omitempty"`
	Policies         []rolePolicyJSON `json:"policies,omitempty"`
	Settings         map[string]any   `json:"settings,omitempty"`
}

type locationJSON struct {
	Name           string `json:"name"`
	Address        string `json:"address,omitempty"`
	Description    string `json:"description,omitempty"`
	ID             int    `json:"id"`
	OrganizationID int    `json:"organizationId,omitempty"`
}

type rolePolicyJSON struct {
	NodeRoleID int `json:"nodeRoleId"`
	PolicyID   int `json:"policyId"`
}

// featureJSON is one of an organization's settings.
type featureJSON struct {
	Product string   `json:"product,omitempty"`
	Enabled bool     `json:"enabled"`
	Targets []string `json:"targets,omitempty"`
}

func plainOrganization(o *Organization) organizationJSON {
	return organizationJSON{
		Name: o.Name, Description: o.Description, UserData: maps.Clone(o.UserData), NodeApprovalMode: o.NodeApprovalMode, ID: o.ID,
	}
}

func detailedOrganization(o *Organization) organizationJSON {
	out := plainOrganization(o)
	for _, location := range o.Locations {
		out.Locations = append(out.Locations, plainLocation(location))
	}
	for _, role := range slices.Sorted(maps.Keys(o.RolePolicies)) {
		out.Policies = append(out.Policies, rolePolicyJSON{NodeRoleID: role, PolicyID: o.RolePolicies[role]})
	}
	out.Settings = map[string]any{
		"trayicon": featureJSON{Enabled: true}, "splashtop": featureJSON{}, "psa": featureJSON{},
		"teamviewer": featureJSON{Enabled: o.TeamViewer},
	}
	if o.TeamViewer {
		out.Settings["teamviewer"] = featureJSON{Product: "TEAMVIEWER", Enabled: true, Targets: slices.Clone(o.TeamViewerTargets)}
	}
	return out
}

func plainLocation(l Location) locationJSON {
	return locationJSON{Name: l.Name, Address: l.Address, Description: l.Description, ID: l.ID}
}

type policyJSON struct {
	ID               int     `json:"id"`
	ParentPolicyID   int     `json:"parentPolicyId,omitempty"`
	Name             string  `json:"name"`
	NodeClass        string  `json:"nodeClass"`
	Updated          seconds `json:"updated"`
	NodeClassDefault bool    `json:"nodeClassDefault"`
}

func renderPolicy(p Policy) policyJSON {
	return policyJSON{
		ID: p.ID, ParentPolicyID: p.ParentID, Name: p.Name, NodeClass: p.NodeClass, Updated: seconds{p.Updated},
		NodeClassDefault: p.Default,
	}
}

type roleJSON struct {
	ID          int     `json:"id"`
	Name        string  `json:"name"`
	NodeClass   string  `json:"nodeClass"`
	Custom      bool    `json:"custom"`
	ChassisType string  `json:"chassisType"`
	Created     seconds `json:"created"`
}

func renderRole(r Role) roleJSON {
	return roleJSON{ID: r.ID, Name: r.Name, NodeClass: r.NodeClass, Custom: r.Custom, ChassisType: r.Chassis, Created: seconds{r.Created}}
}

// alertJSON is an active alert (ninjaone.md 5.2). It has no device member because NinjaOne never returns one in practice.
type alertJSON struct {
	UID             string          `json:"uid"`
	DeviceID        int             `json:"deviceId"`
	Message         string          `json:"message"`
	CreateTime      seconds         `json:"createTime"`
	UpdateTime      seconds         `json:"updateTime"`
	SourceType      string          `json:"sourceType"`
	SourceConfigUID string          `json:"sourceConfigUid"`
	SourceName      string          `json:"sourceName"`
	Subject         string          `json:"subject"`
	Severity        string          `json:"severity,omitempty"`
	Priority        string          `json:"priority,omitempty"`
	ConditionName   string          `json:"conditionName,omitempty"`
	Data            json.RawMessage `json:"data,omitempty"`
}

func renderAlert(a *Alert, withSeverity bool) alertJSON {
	out := alertJSON{
		UID: a.UID, DeviceID: a.DeviceID, Message: a.Message, CreateTime: seconds{a.Created}, UpdateTime: seconds{a.Updated},
		SourceType: a.SourceType, SourceConfigUID: a.SourceConfigUID, SourceName: a.SourceName, Subject: a.Subject, Data: a.Data,
	}
	if withSeverity {
		out.Severity, out.Priority, out.ConditionName = a.Severity, a.Priority, a.ConditionName
	}
	return out
}

// activityJSON is a row of the activity log (ninjaone.md 6.3). Webhooks add the device (ninjaone.md 7.2).
type activityJSON[T stamp] struct {
	ID              int64           `json:"id"`
	ActivityTime    T               `json:"activityTime"`
	DeviceID        int             `json:"deviceId,omitempty"`
	Severity        string          `json:"severity,omitempty"`
	Priority        string          `json:"priority,omitempty"`
	SeriesUID       string          `json:"seriesUid,omitempty"`
	ActivityType    string          `json:"activityType"`
	StatusCode      string          `json:"statusCode"`
	Status          string          `json:"status"`
	ActivityResult  string          `json:"activityResult,omitempty"`
	SourceConfigUID string          `json:"sourceConfigUid,omitempty"`
	SourceName      *string         `json:"sourceName,omitempty"`
	Subject         *string         `json:"subject,omitempty"`
	UserID          int             `json:"userId,omitempty"`
	Message         string          `json:"message"`
	Type            string          `json:"type"`
	Data            json.RawMessage `json:"data,omitempty"`
	Device          *nodeJSON[T]    `json:"device,omitempty"`
}

func renderActivity[T stamp](a *Activity, convert func(time.Time) T) activityJSON[T] {
	out := activityJSON[T]{
		ID: a.ID, ActivityTime: convert(a.Time), DeviceID: a.DeviceID, Severity: a.Severity, Priority: a.Priority, SeriesUID: a.SeriesUID,
		ActivityType: a.Type, StatusCode: a.StatusCode, Status: titleCase(a.StatusCode), ActivityResult: a.Result,
		SourceConfigUID: a.SourceConfigUID, UserID: a.UserID, Message: a.Message, Type: typeText(a.Type), Data: a.Data,
	}
	if a.SourceConfigUID != "" {
		// Recorded conditions have these two members even if they are empty.
		out.SourceName, out.Subject = &a.SourceName, &a.Subject
	}
	return out
}
