package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/importer"
	"ninjaone-accelo/internal/rules"
)

// AcceloSyncCompanyInput asks to sync the company of one organization.
type AcceloSyncCompanyInput struct {
	Connection     string `json:"connection"`
	ImportID       string `json:"import_id"`
	OrganizationID int    `json:"organization_id"`
}

// AcceloSyncCompanyResult is the result of AcceloSyncCompany.
type AcceloSyncCompanyResult struct {
	CompanyID int64         `json:"company_id,omitempty"`
	Outcome   rules.Outcome `json:"outcome"`
	// Devices counts the devices of the organization that are left to sync.
	Devices int `json:"devices"`
}

// AcceloSyncCompany links, creates or updates the company of an organization and gives it a primary contact.
func (a *Activities) AcceloSyncCompany(ctx context.Context, in AcceloSyncCompanyInput) (AcceloSyncCompanyResult, error) {
	result, err := a.importer.SyncCompany(accelo.WithLane(ctx, accelo.Bulk), importer.SyncRequest{
		Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID,
	})
	return AcceloSyncCompanyResult(result), err
}
