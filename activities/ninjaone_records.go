package activities

import (
	"cmp"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
)

// organizationRecord is what the rules need of a NinjaOne organization.
func organizationRecord(organization ninjaone.Organization) rules.Organization {
	record := rules.Organization{
		ID: organization.ID, Name: rules.CleanText(organization.Name), Description: rules.CleanText(organization.Description),
	}
	if settings := organization.Settings; settings != nil && settings.TeamViewer != nil {
		record.TeamViewer = rules.TeamViewer{Enabled: settings.TeamViewer.Enabled, Targets: settings.TeamViewer.Targets}
	}
	return record
}

// deviceLookups are what a device refers to by id, read once per listing.
type deviceLookups struct {
	baseURL  string
	policies map[int]string
	users    map[int]string
	// remote are the links of the legacy API, where those are asked for.
	remote map[int]string
}

// record is what the rules need of a NinjaOne device; the remote control link is added later, for those that have one.
// A policy of the device itself goes before that of its role (contract ninjaone 4.1).
func (l deviceLookups) record(device ninjaone.Device) rules.Device {
	record := rules.Device{
		ID: device.ID, OrganizationID: device.OrganizationID, NodeClass: rules.CleanText(device.NodeClass),
		SystemName: rules.CleanText(device.SystemName), DisplayName: rules.CleanText(device.DisplayName),
		DNSName: rules.CleanText(device.DNSName), LastUser: rules.CleanText(cmp.Or(l.users[device.ID], device.LastLoggedInUser)),
		Policy:  rules.CleanText(cmp.Or(l.policies[device.PolicyID], l.policies[device.RolePolicyID])),
		PageURL: ninjaone.DevicePageURL(l.baseURL, device.ID), LastContact: device.LastContact.Time(), LastUpdate: device.LastUpdate.Time(),
	}
	if device.System != nil {
		record.Serial = rules.CleanText(cmp.Or(device.System.SerialNumber, device.System.BIOSSerialNumber))
	}
	return record
}

// imported tells whether a device is imported at all: those that wait for approval, or have left, are not.
func imported(device ninjaone.Device) bool {
	return device.ApprovalStatus == "" || device.ApprovalStatus == "APPROVED"
}
