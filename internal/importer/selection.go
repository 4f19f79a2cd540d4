package importer

import (
	"context"
	"fmt"
	"strconv"

	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// chosen leaves out the organizations that the run is not to bring in, with their devices. It returns the others.
func (p *planner) chosen(ctx context.Context, organizations []rules.Organization) ([]rules.Organization, error) {
	chosen := make([]rules.Organization, 0, len(organizations))
	var others []int64
	for _, organization := range organizations {
		if p.run.HasOrganization(organization.ID) {
			chosen = append(chosen, organization)
			continue
		}
		others = append(others, int64(organization.ID))
		p.leaveOut(store.OrganizationRecord, strconv.Itoa(organization.ID))
	}
	if len(others) == 0 {
		return chosen, nil
	}
	devices, err := p.importer.Store.RecordsByParent(ctx, p.run.ID, store.DeviceRecord, others...)
	for _, device := range devices {
		p.leaveOut(store.DeviceRecord, device.ID)
	}
	return chosen, err
}

// leaveOut records that the run is not to bring in a record.
func (p *planner) leaveOut(kind store.RecordKind, id string) {
	p.leftOut[kind] = append(p.leftOut[kind], store.RecordOutcome{ID: id, Outcome: rules.LeftOut})
}

// withoutCompany is why a device can't be imported without its organization.
func withoutCompany(c tenant.Connection) string {
	return fmt.Sprintf("Its organization has no %s yet, and this import leaves organizations out", c.Labels().Company.Singular())
}

// keepCompany is SyncCompany for a run that leaves organizations out: the devices go to the company that the organization has. Without one,
// they fail, but only in this run.
func (i *Importer) keepCompany(ctx context.Context, c tenant.Connection, request SyncRequest, state company.State) (CompanyResult, error) {
	if state.Link != nil {
		devices, err := i.unfinishedDevices(ctx, request)
		return CompanyResult{CompanyID: state.Link.AcceloID, Outcome: rules.LeftOut, Devices: devices}, err
	}
	if err := i.Store.FailOrganization(ctx, request.ImportID, request.OrganizationID, withoutCompany(c)); err != nil {
		return CompanyResult{}, err
	}
	return CompanyResult{Outcome: rules.LeftOut}, i.Store.SetOutcomes(ctx, request.ImportID, store.OrganizationRecord,
		[]store.RecordOutcome{{ID: strconv.Itoa(request.OrganizationID), Outcome: rules.LeftOut}})
}
