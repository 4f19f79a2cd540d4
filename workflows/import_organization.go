package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// runImportOrganization implements the ImportOrganization workflow: it imports one organization, first its company with a
// primary contact, then its devices. As a part of a full import it uses what that has read; on its own it first reads the
// organization itself.
func runImportOrganization(ctx workflow.Context, in flow.ImportOrganizationInput) (flow.ImportResult, error) {
	var result flow.ImportResult
	var err error
	standalone := in.ImportID == ""
	if standalone {
		in.ImportID = workflow.GetInfo(ctx).WorkflowExecution.RunID
		err = readOrganization(ctx, in)
	}
	if err == nil {
		result, err = importOrganization(ctx, in)
	}
	if standalone && (err == nil || temporal.IsCanceledError(err)) {
		disconnected, _ := workflow.NewDisconnectedContext(ctx)
		cancelled := err != nil
		if result, err = summarize(disconnected, activities.ImportFinishInput{
			Connection: in.Connection, ImportID: in.ImportID, Cancelled: cancelled,
		}); err == nil && cancelled {
			err = temporal.NewCanceledError(result)
		}
	}
	if err == nil {
		workflow.SetCurrentDetails(ctx, ImportDetails(result))
	}
	return result, err
}

// readOrganization reads one organization from both vendors and decides what to do.
func readOrganization(ctx workflow.Context, in flow.ImportOrganizationInput) error {
	begin := activities.ImportBeginInput{Connection: in.Connection, ImportID: in.ImportID}
	if err := readVendors(ctx, begin, in.OrganizationID); err != nil {
		return err
	}
	_, err := compare(ctx, in.Connection, in.ImportID)
	return err
}

// importOrganization syncs the company, then its devices. If the company can't be created, the activity records it and its
// devices as failed and reports no devices.
func importOrganization(ctx workflow.Context, in flow.ImportOrganizationInput) (flow.ImportResult, error) {
	result := flow.ImportResult{Connection: in.Connection, Failures: []flow.ImportFailure{}}
	var company activities.AcceloSyncCompanyResult
	err := workflow.ExecuteActivity(bulkCall(ctx, flow.CompanySummary(in)), steps.AcceloSyncCompany,
		activities.AcceloSyncCompanyInput{Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID},
	).Get(ctx, &company)
	if err != nil {
		return result, err
	}
	result.Organizations.Add(company.Outcome, 1)
	if company.Devices == 0 {
		return result, nil
	}
	var devices activities.AcceloSyncDevicesResult
	err = workflow.ExecuteActivity(bulkScan(ctx, flow.DevicesSummary(in, company.Devices)), steps.AcceloSyncDevices,
		activities.AcceloSyncDevicesInput{Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID},
	).Get(ctx, &devices)
	result.Devices = devices.Devices
	if err == nil && devices.Stopped {
		err = temporal.NewCanceledError(result)
	}
	return result, err
}
