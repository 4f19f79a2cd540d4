package workflows_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// steps is only used for method references, as in the workflows.
var steps *activities.Activities

// fakeActivities replaces the activities. Its methods have their names, so a worker can register it instead. By default all of them
// succeed: every organization gets a company, and every device an asset.
type fakeActivities struct {
	// work lists the organizations that need work, by ascending id.
	work []activities.OrganizationWork
	// cost is the result of ImportCompare.
	cost activities.ImportCompareResult
	// alerts lists the active alerts, by ascending uid.
	alerts []rules.Alert
	// page limits how many organizations or alerts are returned at a time; 0 sets no limit.
	page int
	// companyDuration is how long a company takes on the test environment's clock.
	companyDuration time.Duration
	alertScript
	// test sets what the activities of a test alert return.
	test testScript

	// If set, these replace what an activity does.
	begin      func(context.Context, activities.ImportBeginInput) error
	readNinja  func(context.Context, activities.ReadInput) error
	readAccelo func(context.Context, activities.ReadInput) error
	company    func(context.Context, activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error)
	devices    func(context.Context, activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error)

	mu       sync.Mutex
	calls    []string
	read     []activities.ReadInput
	next     []activities.ImportNextInput
	finished []activities.ImportFinishInput
	plan     bool
	// companies and assets hold the outcome of each organization and its devices, after any number of attempts.
	companies map[int]rules.Outcome
	assets    map[int]flow.Counts
	// syncing holds the organizations whose devices have started to sync.
	syncing map[int]bool
	// alertOutcomes and alertErrors hold what was recorded for each alert.
	alertOutcomes, alertErrors map[string]string
}

// newFakeActivities returns fakes for an import of organizations 1 to n with two devices each.
func newFakeActivities(organizations int) *fakeActivities {
	f := &fakeActivities{
		companies: map[int]rules.Outcome{}, assets: map[int]flow.Counts{}, syncing: map[int]bool{},
		alertOutcomes: map[string]string{}, alertErrors: map[string]string{},
	}
	for id := 1; id <= organizations; id++ {
		f.work = append(f.work, activities.OrganizationWork{OrganizationID: id, Name: "Planet Express", Devices: 2})
	}
	f.cost.Organizations.Total, f.cost.Devices.Total = organizations, 2*organizations
	return f
}

func (f *fakeActivities) recordCall(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
}

// callNames returns the names of the activities that ran, in order.
func (f *fakeActivities) callNames() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// ImportBegin fakes the activity of the same name, as do the methods below.
func (f *fakeActivities) ImportBegin(ctx context.Context, in activities.ImportBeginInput) error {
	f.recordCall("ImportBegin")
	f.mu.Lock()
	f.plan = in.Plan
	f.mu.Unlock()
	if f.begin != nil {
		return f.begin(ctx, in)
	}
	return nil
}

func (f *fakeActivities) NinjaRead(ctx context.Context, in activities.ReadInput) (activities.ReadResult, error) {
	return activities.ReadResult{}, f.readVendor(ctx, "NinjaRead", in, f.readNinja)
}

func (f *fakeActivities) AcceloRead(ctx context.Context, in activities.ReadInput) (activities.ReadResult, error) {
	return activities.ReadResult{}, f.readVendor(ctx, "AcceloRead", in, f.readAccelo)
}

func (f *fakeActivities) readVendor(ctx context.Context, name string, in activities.ReadInput, do func(context.Context, activities.ReadInput) error) error {
	f.recordCall(name)
	f.mu.Lock()
	f.read = append(f.read, in)
	f.mu.Unlock()
	if do == nil {
		return nil
	}
	err := do(ctx, in)
	f.recordCall(name + " ended")
	return err
}

func (f *fakeActivities) ImportCompare(context.Context, activities.ImportCompareInput) (activities.ImportCompareResult, error) {
	f.recordCall("ImportCompare")
	return f.cost, nil
}

func (f *fakeActivities) ImportNext(_ context.Context, in activities.ImportNextInput) (activities.ImportNextResult, error) {
	f.recordCall("ImportNext")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = append(f.next, in)
	result := activities.ImportNextResult{Organizations: []activities.OrganizationWork{}}
	for _, work := range f.work {
		if work.OrganizationID > in.After && len(result.Organizations) < in.Limit && (f.page == 0 || len(result.Organizations) < f.page) {
			result.Organizations = append(result.Organizations, work)
		}
	}
	return result, nil
}

func (f *fakeActivities) AcceloSyncCompany(ctx context.Context, in activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
	f.recordCall("AcceloSyncCompany")
	result := activities.AcceloSyncCompanyResult{CompanyID: int64(1000 + in.OrganizationID), Outcome: "created", Devices: 2}
	if f.company != nil {
		var err error
		if result, err = f.company(ctx, in); err != nil {
			return result, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.companies[in.OrganizationID] = result.Outcome
	return result, nil
}

func (f *fakeActivities) AcceloSyncDevices(ctx context.Context, in activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
	f.recordCall("AcceloSyncDevices")
	f.mu.Lock()
	f.syncing[in.OrganizationID] = true
	f.mu.Unlock()
	result := activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 2}}
	if f.devices != nil {
		var err error
		if result, err = f.devices(ctx, in); err != nil {
			return result, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.assets[in.OrganizationID] = result.Devices
	return result, nil
}

func (f *fakeActivities) ImportFinish(_ context.Context, in activities.ImportFinishInput) (flow.ImportResult, error) {
	f.recordCall("ImportFinish")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finished = append(f.finished, in)
	result := flow.ImportResult{
		Connection: in.Connection, Cancelled: in.Cancelled, Plan: f.plan, Failures: []flow.ImportFailure{},
		APICalls: flow.APICalls{Accelo: int64(in.Calls), AcceloWrites: int64(in.Writes)},
	}
	for _, outcome := range f.companies {
		result.Organizations.Add(outcome, 1)
	}
	for _, devices := range f.assets {
		result.Devices.Created += devices.Created
	}
	return result, nil
}

// syncedOrganizations returns the ids of the organizations whose company was synced.
func (f *fakeActivities) syncedOrganizations() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.companies))
}

// NinjaReadAlerts fakes the activity of the same name, as do the methods below.
func (f *fakeActivities) NinjaReadAlerts(_ context.Context, in activities.ReadInput) error {
	f.recordCall("NinjaReadAlerts")
	if in.OrganizationID != 0 {
		return nonRetryable("a single organization's import reads no alerts")
	}
	return nil
}

func (f *fakeActivities) ImportNextAlerts(_ context.Context, in activities.ImportNextAlertsInput) (activities.ImportNextAlertsResult, error) {
	result := activities.ImportNextAlertsResult{Alerts: []rules.Alert{}}
	for _, alert := range f.alerts {
		if alert.UID > in.After && len(result.Alerts) < in.Limit && (f.page == 0 || len(result.Alerts) < f.page) {
			result.Alerts = append(result.Alerts, alert)
		}
	}
	return result, nil
}

func (f *fakeActivities) ImportAlertDone(_ context.Context, in activities.ImportAlertDoneInput) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.Copy(f.alertOutcomes, in.Outcomes)
	maps.Copy(f.alertErrors, in.Errors)
	return nil
}

// nonRetryable returns an error that fails an activity permanently.
func nonRetryable(kind string) error {
	return temporal.NewNonRetryableApplicationError("this cannot succeed", kind, nil)
}
