package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// readVendors copies what an import compares from both vendors into its working set. An organizationID of 0 means all.
func readVendors(ctx workflow.Context, connection, importID string, plan bool, organizationID int) error {
	in := activities.ReadInput{Connection: connection, ImportID: importID, OrganizationID: organizationID}
	err := workflow.ExecuteActivity(bulkCall(ctx, "check the connection"), steps.ImportBegin,
		activities.ImportBeginInput{Connection: connection, ImportID: importID, Plan: plan}).Get(ctx, nil)
	if err != nil {
		return err
	}
	ctx, cancel := workflow.WithCancel(ctx)
	ninja := workflow.ExecuteActivity(bulkWork(ctx, "read NinjaOne"), steps.NinjaRead, in)
	if organizationID != 0 { // Accelo is then searched for the names that NinjaOne gives
		if err := ninja.Get(ctx, nil); err != nil {
			return err
		}
	}
	accelo := workflow.ExecuteActivity(bulkWork(ctx, "read Accelo"), steps.AcceloRead, in)
	if err = ninja.Get(ctx, nil); err == nil && organizationID == 0 {
		err = workflow.ExecuteActivity(bulkWork(ctx, "read NinjaOne's alerts"), steps.NinjaReadAlerts, in).Get(ctx, nil)
	}
	if err != nil {
		cancel() // and wait all the same: nobody may write to the working set once it is dropped
	}
	if acceloErr := accelo.Get(ctx, nil); err == nil {
		err = acceloErr
	}
	return err
}

// failureText is what went wrong, without Temporal's wrapping.
func failureText(err error) string {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Message()
	}
	return err.Error()
}

// compare decides for every record what is to be done.
func compare(ctx workflow.Context, connection, importID string) (activities.ImportCompareResult, error) {
	var plan activities.ImportCompareResult
	err := workflow.ExecuteActivity(bulkWork(ctx, "compare both sides"), steps.ImportCompare,
		activities.ImportCompareInput{Connection: connection, ImportID: importID}).Get(ctx, &plan)
	return plan, err
}

// conclude adds up what an import did and drops its working set.
func conclude(ctx workflow.Context, in activities.ImportFinishInput) (flow.ImportResult, error) {
	var result flow.ImportResult
	err := workflow.ExecuteActivity(bulkCall(ctx, "add up"), steps.ImportFinish, in).Get(ctx, &result)
	return result, err
}
