package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// ImportOrganization brings one organization into Accelo: its company with a primary contact, then its devices. As a part
// of a full import it works on what that has read; by itself it reads the organization first.
func runImportOrganization(ctx workflow.Context, in flow.ImportOrganizationInput) (flow.ImportResult, error) {
	var result flow.ImportResult
	var err error
	alone := in.ImportID == ""
	if alone {
		in.ImportID = workflow.GetInfo(ctx).WorkflowExecution.RunID
		err = readOrganization(ctx, in)
	}
	if err == nil {
		result, err = importOrganization(ctx, in)
	}
	if alone && (err == nil || temporal.IsCanceledError(err)) {
		disconnected, _ := workflow.NewDisconnectedContext(ctx)
		cancelled := err != nil
		if result, err = conclude(disconnected, activities.ImportFinishInput{
			Connection: in.Connection, ImportID: in.ImportID, Cancelled: cancelled,
		}); err == nil && cancelled {
			err = temporal.NewCanceledError(result)
		}
	}
	if err == nil {
		workflow.SetCurrentDetails(ctx, ResultDetails(result))
	}
	return result, err
}

// readOrganization takes a snapshot of one organization on both sides and decides what is to be done.
func readOrganization(ctx workflow.Context, in flow.ImportOrganizationInput) error {
	if err := readVendors(ctx, in.Connection, in.ImportID, false, in.OrganizationID); err != nil {
		return err
	}
	_, err := compare(ctx, in.Connection, in.ImportID)
	return err
}

// importOrganization syncs the company, then what hangs on it. A company that cannot be made is parked by the activity,
// together with its devices, which have nowhere to go.
func importOrganization(ctx workflow.Context, in flow.ImportOrganizationInput) (flow.ImportResult, error) {
	result := flow.ImportResult{Connection: in.Connection, Failures: []flow.ImportFailure{}}
	var company activities.AcceloSyncCompanyResult
	err := workflow.ExecuteActivity(bulkCall(ctx, "organization "+OrganizationName(in)), steps.AcceloSyncCompany,
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
	err = workflow.ExecuteActivity(bulkWork(ctx, DevicesSummary(in, company.Devices)), steps.AcceloSyncDevices,
		activities.AcceloSyncDevicesInput{Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID},
	).Get(ctx, &devices)
	result.Devices = devices.Devices
	if err == nil && devices.Stopped {
		err = temporal.NewCanceledError(result)
	}
	return result, err
}
