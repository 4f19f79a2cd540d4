package importer

import (
	"context"
	"strconv"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// whyOff is the reason of everything that an import leaves out because users have switched an organization off.
const whyOff = "The sync of this organization is switched off"

// switchedOff plans the organizations that users have switched off, with their devices: nothing happens to them. It returns the others.
func (p *planner) switchedOff(ctx context.Context, organizations []rules.Organization) ([]rules.Organization, error) {
	on := make([]rules.Organization, 0, len(organizations))
	for _, organization := range organizations {
		if choice, chosen := p.choices[organization.ID]; !chosen || choice.Sync {
			on = append(on, organization)
			continue
		}
		id, name := strconv.Itoa(organization.ID), organization.CompanyName()
		p.change(rules.Change{
			Kind: rules.OrganizationChange, NinjaID: id, OrganizationID: organization.ID, Organization: name, Name: name, Action: rules.Skip, Why: whyOff,
		})
		p.plan.Organizations = p.skip(store.OrganizationRecord, id, p.plan.Organizations)
		devices, err := p.importer.Store.RecordsByParent(ctx, p.run.ID, store.DeviceRecord, int64(organization.ID))
		if err != nil {
			return nil, err
		}
		for _, device := range devices {
			p.plan.Devices = p.skip(store.DeviceRecord, device.ID, p.plan.Devices)
		}
	}
	return on, nil
}

// skip adds a record of an organization that is switched off to the count of its kind. It is done.
func (p *planner) skip(kind store.RecordKind, id string, count flow.Share) flow.Share {
	p.outcomes[kind] = append(p.outcomes[kind], store.RecordOutcome{ID: id, Outcome: rules.SwitchedOff})
	return flow.Share{Total: count.Total + 1, Done: count.Done + 1}
}

// isOff reports whether an organization was switched off when the plan began.
func (p *planner) isOff(organizationID int) bool {
	choice, chosen := p.choices[organizationID]
	return chosen && !choice.Sync
}

// leaveOff records that an organization was switched off after it was planned.
func (i *Importer) leaveOff(ctx context.Context, request SyncRequest) error {
	id := strconv.Itoa(request.OrganizationID)
	if err := i.Store.SkipOrganization(ctx, request.ImportID, request.OrganizationID); err != nil {
		return err
	}
	return i.Store.ClearFailures(ctx, request.Connection, store.Organizations, id)
}
