package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/testalert"
)

// TestAlertPrepareInput asks what a test alert may be about.
type TestAlertPrepareInput struct {
	Connection string `json:"connection"`
}

// TestAlertPrepareResult is a linked organization and, unless it has none, one of its devices.
type TestAlertPrepareResult struct {
	OrganizationID int `json:"organization_id"`
	DeviceID       int `json:"device_id,omitempty"`
	// Request is what the deployment calls a request, such as "Request".
	Request string `json:"request"`
}

// TestAlertPrepare says what a test alert may be about. It fails with what an administrator has to do first. It is a local activity.
func (a *Activities) TestAlertPrepare(ctx context.Context, in TestAlertPrepareInput) (TestAlertPrepareResult, error) {
	target, err := a.tests.Prepare(ctx, in.Connection)
	return TestAlertPrepareResult{
		OrganizationID: target.OrganizationID, DeviceID: target.DeviceID,
		Request: a.tenants.Labels(ctx, in.Connection).Request.SingularTitle,
	}, err
}

// TestAlertDeliverInput asks for a delivery as NinjaOne would send it.
type TestAlertDeliverInput struct {
	Connection     string `json:"connection"`
	UID            string `json:"uid"`
	Reset          bool   `json:"reset,omitempty"`
	OrganizationID int    `json:"organization_id"`
	DeviceID       int    `json:"device_id,omitempty"`
}

// TestAlertDeliverResult says where it was delivered.
type TestAlertDeliverResult struct {
	Address string `json:"address"`
}

// TestAlertDeliver posts the trigger or the reset of a test alert to the connection's public webhook address.
func (a *Activities) TestAlertDeliver(ctx context.Context, in TestAlertDeliverInput) (TestAlertDeliverResult, error) {
	address, err := a.tests.Deliver(ctx, testalert.Delivery{
		Connection: in.Connection, UID: in.UID, Reset: in.Reset, OrganizationID: in.OrganizationID, DeviceID: in.DeviceID,
	})
	return TestAlertDeliverResult{Address: address}, err
}

// TestAlertAwaitInput asks for what becomes of a test alert.
type TestAlertAwaitInput struct {
	Connection string `json:"connection"`
	UID        string `json:"uid"`
	// Ended waits for the end of its request instead of its opening.
	Ended bool `json:"ended,omitempty"`
	// Within is how long to wait at most.
	Within time.Duration `json:"within"`
}

// TestAlertAwaitResult is how far the alert has come.
type TestAlertAwaitResult struct {
	RequestID int64  `json:"request_id,omitempty"`
	Ended     bool   `json:"ended,omitempty"`
	Problem   string `json:"problem,omitempty"`
}

// TestAlertAwait waits until a test alert has its request, or until that has ended. Running out of time is no error.
func (a *Activities) TestAlertAwait(ctx context.Context, in TestAlertAwaitInput) (TestAlertAwaitResult, error) {
	progress, err := a.tests.Await(ctx, in.Connection, in.UID, in.Ended, in.Within)
	return TestAlertAwaitResult{RequestID: progress.RequestID, Ended: progress.Ended, Problem: progress.Problem}, err
}

// TestAlertFinishInput is the result of a test.
type TestAlertFinishInput struct {
	Result flow.TestAlertResult `json:"result"`
}

// TestAlertFinish stores the result of a test. It is a local activity.
func (a *Activities) TestAlertFinish(ctx context.Context, in TestAlertFinishInput) error {
	data, err := json.Marshal(in.Result)
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	return a.store.SaveTestAlert(ctx, in.Result.Connection, data, in.Result.State == flow.TestPassed)
}
