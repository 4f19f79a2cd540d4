package asset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Reader reads NinjaOne's devices, with the names and links they refer to.
type Reader struct {
	store *store.Store
}

// NewReader returns a Reader.
func NewReader(database *store.Store) *Reader { return &Reader{store: database} }

// Lookups are what devices refer to by ID, read once per listing. What a nil map would contain is unknown; the zero value knows nothing.
type Lookups struct {
	baseURL  string
	policies map[int]string
	users    map[int]string
	// remote are the remote control links of the legacy API.
	remote map[int]string
	// single means that a device was read alone: what is missing there may be in the listing.
	single bool
}

// Lookups reads what the devices of an organization refer to; 0 stands for all organizations. The report of logged-on users
// takes one call for ten thousand devices.
func (r *Reader) Lookups(ctx context.Context, c tenant.Connection, organizationID int) (Lookups, error) {
	lookups := Lookups{baseURL: c.NinjaOne.BaseURL(), users: map[int]string{}}
	var err error
	if lookups.policies, err = r.policies(ctx, c); err != nil {
		return lookups, err
	}
	if c.Options.RemoteControl.Source == rules.RemoteControlLegacy {
		if lookups.remote, err = c.NinjaOne.LegacyRemoteControl(ctx); err != nil {
			return lookups, fmt.Errorf("read the remote control links: %w", err)
		}
	}
	for page, err := range c.NinjaOne.LoggedOnUsers(ctx, organizationID) {
		if err != nil {
			return lookups, fmt.Errorf("read NinjaOne's report of logged-on users: %w", err)
		}
		for _, row := range page {
			lookups.users[row.DeviceID] = row.UserName
		}
	}
	return lookups, nil
}

// policies reads the names of policies and stores them for alerts.
func (r *Reader) policies(ctx context.Context, c tenant.Connection) (map[int]string, error) {
	list, err := c.NinjaOne.Policies(ctx)
	if err != nil {
		return nil, fmt.Errorf("read NinjaOne's policies: %w", err)
	}
	policies := make(map[int]string, len(list))
	for _, policy := range list {
		policies[policy.ID] = rules.CleanText(policy.Name)
	}
	return policies, r.store.SavePolicies(ctx, c.Name, policies)
}

// Record converts a device of NinjaOne, without its remote control link.
func (l Lookups) Record(device ninjaone.Device) rules.Device {
	policy, policyKnown := l.policy(device)
	record := rules.Device{
		ID: device.ID, OrganizationID: device.OrganizationID, NodeClass: rules.CleanText(device.NodeClass),
		SystemName: rules.CleanText(device.SystemName), DisplayName: rules.CleanText(device.DisplayName),
		DNSName: rules.CleanText(device.DNSName), LastUser: rules.CleanText(cmp.Or(l.users[device.ID], device.LastLoggedInUser)),
		Policy: rules.CleanText(policy), Serial: rules.Serial(device.SerialNumbers()...), PageURL: ninjaone.DevicePageURL(l.baseURL, device.ID),
		LastContact: device.LastContact.Time(), LastUpdate: device.LastUpdate.Time(),
	}
	for field, unknown := range map[string]bool{
		rules.TitleField:       record.SystemName == "" && (l.single || record.DisplayName == "" && record.DNSName == ""),
		rules.DisplayNameField: record.DisplayName == "" && l.single,
		rules.DNSNameField:     record.DNSName == "" && l.single,
		rules.LastUserField:    record.LastUser == "" && l.users == nil,
		rules.LastOnlineField:  record.LastContact.IsZero(), // a time that was known once never ends
		rules.LastUpdateField:  record.LastUpdate.IsZero(),
		rules.RoleField:        !policyKnown,
		rules.NodeClassField:   record.NodeClass == "", // every device has one
	} {
		if unknown {
			record.Unknown = append(record.Unknown, field)
		}
	}
	slices.Sort(record.Unknown)
	return record
}

// policy returns the name of a device's policy, and whether it is known. A policy of the device takes precedence over that of its role
// (ninjaone.md 4.1).
func (l Lookups) policy(device ninjaone.Device) (name string, known bool) {
	id := cmp.Or(device.PolicyID, device.RolePolicyID)
	if id == 0 {
		return "", !l.single
	}
	name, known = l.policies[id]
	return name, known
}

// Device converts a device of a listing. TeamViewer is the setting of its organization.
func (r *Reader) Device(
	ctx context.Context, c tenant.Connection, device ninjaone.Device, lookups Lookups, teamViewer rules.TeamViewer,
) (record rules.Device, err error) {
	record = lookups.Record(device)
	link, known, err := r.remoteControlLink(ctx, c, record, teamViewer, lookups.remote)
	if !known {
		record.Unknown = append(record.Unknown, rules.RemoteControlField)
	}
	record.RemoteControl = link
	return record, err
}

// SingleDevice converts a device that was read alone. It uses the policies that the last import stored. What only the listing, the report of
// logged-on users and the legacy API show is unknown, since each would take a call.
func (r *Reader) SingleDevice(ctx context.Context, c tenant.Connection, device ninjaone.Device, organization store.Link) (rules.Device, error) {
	policies, err := r.store.Policies(ctx, c.Name)
	if err != nil {
		return rules.Device{}, err
	}
	_, direct := policies[device.PolicyID]
	_, ofRole := policies[device.RolePolicyID]
	if device.PolicyID != 0 && !direct || device.PolicyID == 0 && device.RolePolicyID != 0 && !ofRole {
		if policies, err = r.policies(ctx, c); err != nil {
			return rules.Device{}, err
		}
	}
	lookups := Lookups{baseURL: c.NinjaOne.BaseURL(), policies: policies, single: true}
	return r.Device(ctx, c, device, lookups, organization.Facts.TeamViewer)
}

// Approved reports whether a device is imported: those that wait for approval or were decommissioned are not.
func Approved(device ninjaone.Device) bool {
	return device.Approved()
}

// All yields NinjaOne's approved devices page by page, as an import would see them now. It takes one call per thousand devices and
// a few for the lookups. It leaves out remote control links that come from a custom field, since each would take a call. The
// iteration ends after an error.
func (r *Reader) All(ctx context.Context, c tenant.Connection) iter.Seq2[[]rules.Device, error] {
	return func(yield func([]rules.Device, error) bool) {
		teamViewer, err := readTeamViewer(ctx, c)
		if err != nil {
			yield(nil, err)
			return
		}
		lookups, err := r.Lookups(ctx, c, 0)
		if err != nil {
			yield(nil, err)
			return
		}
		for page, err := range c.NinjaOne.DevicesDetailed(ctx, ninjaone.DeviceQuery{}) {
			if err != nil {
				yield(nil, fmt.Errorf("read NinjaOne's devices: %w", err))
				return
			}
			records, err := r.approved(ctx, c, page, lookups, teamViewer)
			if !yield(records, err) || err != nil {
				return
			}
		}
	}
}

func (r *Reader) approved(
	ctx context.Context, c tenant.Connection, page []ninjaone.Device, lookups Lookups, teamViewer map[int]rules.TeamViewer,
) ([]rules.Device, error) {
	records := make([]rules.Device, 0, len(page))
	for _, device := range page {
		if !Approved(device) {
			continue
		}
		setting := teamViewer[device.OrganizationID]
		if c.Options.RemoteControl.Source == rules.RemoteControlCustomField {
			setting = rules.TeamViewer{Unknown: true}
		}
		record, err := r.Device(ctx, c, device, lookups, setting)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

// readTeamViewer returns the TeamViewer settings by organization.
func readTeamViewer(ctx context.Context, c tenant.Connection) (map[int]rules.TeamViewer, error) {
	settings := map[int]rules.TeamViewer{}
	for page, err := range c.NinjaOne.OrganizationsDetailed(ctx, ninjaone.OrganizationQuery{}) {
		if err != nil {
			return nil, fmt.Errorf("read NinjaOne's organizations: %w", err)
		}
		for _, organization := range page {
			settings[organization.ID] = company.Organization(organization).TeamViewer
		}
	}
	return settings, nil
}
