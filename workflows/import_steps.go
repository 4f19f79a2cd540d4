package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// readVendors copies the records that an import compares from both vendors into its working set. An organizationID of 0 means
// all.
func readVendors(ctx workflow.Context, begin activities.ImportBeginInput, organizationID int) error {
	in := activities.ReadInput{Connection: begin.Connection, ImportID: begin.ImportID, OrganizationID: organizationID}
	err := workflow.ExecuteActivity(bulkCall(ctx, "Check the connection"), steps.ImportBegin, begin).Get(ctx, nil)
	if err != nil {
		return err
	}
	ctx, cancel := workflow.WithCancel(ctx)
	ninja := workflow.ExecuteActivity(bulkScan(ctx, "Read NinjaOne"), steps.NinjaRead, in)
	if organizationID != 0 { // the search in Accelo needs the names from NinjaOne
		if err := ninja.Get(ctx, nil); err != nil {
			return err
		}
	}
	accelo := workflow.ExecuteActivity(bulkScan(ctx, "Read Accelo"), steps.AcceloRead, in)
	if err = ninja.Get(ctx, nil); err == nil && organizationID == 0 {
		err = workflow.ExecuteActivity(bulkScan(ctx, "Read NinjaOne's alerts"), steps.NinjaReadAlerts, in).Get(ctx, nil)
	}
	if err != nil {
		cancel() // but still wait: nothing may write to the working set once it is dropped
	}
	if acceloErr := accelo.Get(ctx, nil); err == nil {
		err = acceloErr
	}
	return err
}

// compare decides what to do with each record.
func compare(ctx workflow.Context, connection, importID string) (activities.ImportCompareResult, error) {
	var plan activities.ImportCompareResult
	err := workflow.ExecuteActivity(bulkScan(ctx, "Compare both sides"), steps.ImportCompare,
		activities.ImportCompareInput{Connection: connection, ImportID: importID}).Get(ctx, &plan)
	return plan, err
}

// summarize sums up what an import did and drops its working set.
func summarize(ctx workflow.Context, in activities.ImportFinishInput) (flow.ImportResult, error) {
	var result flow.ImportResult
	err := workflow.ExecuteActivity(bulkCall(ctx, "Summarize results"), steps.ImportFinish, in).Get(ctx, &result)
	return result, err
}

// failureText returns an error's message without Temporal's wrapping.
func failureText(err error) string {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Message()
	}
	return err.Error()
}
