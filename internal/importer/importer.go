package importer

import (
	"context"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Importer runs the steps of imports. All fields are required. It is safe for concurrent use.
type Importer struct {
	Store   *store.Store
	Tenants *tenant.Provider
	// Companies and Assets decide what to write and write it.
	Companies *company.Service
	Assets    *asset.Service
	// Devices reads NinjaOne's devices.
	Devices *asset.Reader
	// Severities finds the severities that NinjaOne's list of alerts leaves out.
	Severities *evidence.Severities
}

// Begin checks that the connection is set up and records that a run began.
func (i *Importer) Begin(ctx context.Context, run store.Import) error {
	if _, err := i.Tenants.Ready(ctx, run.Connection); err != nil {
		return err
	}
	return i.Store.BeginImport(ctx, run)
}

// NextOrganizations returns the next organizations after an ID that have something left to do. Their names are short enough for a
// workflow's history.
func (i *Importer) NextOrganizations(ctx context.Context, importID string, after, limit int) ([]store.OrganizationWork, error) {
	const maxName = 60
	organizations, err := i.Store.NextOrganizations(ctx, importID, after, limit)
	if err != nil {
		return nil, err
	}
	for at, organization := range organizations {
		organizations[at].Name = rules.Truncate(rules.CleanName(organization.Name), maxName)
	}
	return organizations, nil
}
