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

// steps is only used for method references, as in the workflows themselves.
var steps *activities.Activities

// fakeSteps stands in for the activities. Its methods bear their names, so that a worker can register it in their place.
// By default everything succeeds: every organization gets a company and one asset per device.
type fakeSteps struct {
	// work are the organizations with something left to do, by ascending id.
	work []activities.OrganizationWork
	// cost is what ImportCompare says that the rest will take.
	cost activities.ImportCompareResult
	// alerts are the active ones, by ascending uid.
	alerts []rules.Alert
	// page is how many organizations ImportNext hands out at most; 0 means as many as it is asked for.
	page int
	// companyTakes is how long a company takes on a scene's clock.
	companyTakes time.Duration
	// alertScript is what the activities of the alert flows answer.
	alertScript

	// What an activity does instead of succeeding, where it is not nil.
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
	// companies and assets are what became of each organization and its devices, however many attempts it took.
	companies map[int]rules.Outcome
	assets    map[int]flow.Counts
	// syncing are the organizations whose devices have been begun.
	syncing map[int]bool
	// alertOutcomes and alertErrors are what became of the alerts.
	alertOutcomes, alertErrors map[string]string
}

// newFakeSteps fakes an import of organizations 1 to n with two devices each.
func newFakeSteps(organizations int) *fakeSteps {
	f := &fakeSteps{
		companies: map[int]rules.Outcome{}, assets: map[int]flow.Counts{}, syncing: map[int]bool{},
		alertOutcomes: map[string]string{}, alertErrors: map[string]string{},
	}
	for id := 1; id <= organizations; id++ {
		f.work = append(f.work, activities.OrganizationWork{OrganizationID: id, Name: "Planet Express", Devices: 2})
	}
	f.cost.Organizations.Total, f.cost.Devices.Total = organizations, 2*organizations
	return f
}

func (f *fakeSteps) note(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, name)
}

// called are the activities that were run, in order.
func (f *fakeSteps) called() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// ImportBegin stands in for the activity of this name, as do the following.
func (f *fakeSteps) ImportBegin(ctx context.Context, in activities.ImportBeginInput) error {
	f.note("ImportBegin")
	f.mu.Lock()
	f.plan = in.Plan
	f.mu.Unlock()
	if f.begin != nil {
		return f.begin(ctx, in)
	}
	return nil
}

func (f *fakeSteps) NinjaRead(ctx context.Context, in activities.ReadInput) (activities.ReadResult, error) {
	return activities.ReadResult{}, f.reading(ctx, "NinjaRead", in, f.readNinja)
}

func (f *fakeSteps) AcceloRead(ctx context.Context, in activities.ReadInput) (activities.ReadResult, error) {
	return activities.ReadResult{}, f.reading(ctx, "AcceloRead", in, f.readAccelo)
}

func (f *fakeSteps) reading(ctx context.Context, name string, in activities.ReadInput, do func(context.Context, activities.ReadInput) error) error {
	f.note(name)
	f.mu.Lock()
	f.read = append(f.read, in)
	f.mu.Unlock()
	if do == nil {
		return nil
	}
	err := do(ctx, in)
	f.note(name + " ended")
	return err
}

func (f *fakeSteps) ImportCompare(context.Context, activities.ImportCompareInput) (activities.ImportCompareResult, error) {
	f.note("ImportCompare")
	return f.cost, nil
}

func (f *fakeSteps) ImportNext(_ context.Context, in activities.ImportNextInput) (activities.ImportNextResult, error) {
	f.note("ImportNext")
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

func (f *fakeSteps) AcceloSyncCompany(ctx context.Context, in activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
	f.note("AcceloSyncCompany")
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

func (f *fakeSteps) AcceloSyncDevices(ctx context.Context, in activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
	f.note("AcceloSyncDevices")
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

func (f *fakeSteps) ImportFinish(_ context.Context, in activities.ImportFinishInput) (flow.ImportResult, error) {
	f.note("ImportFinish")
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

// taken are the organizations whose company was synced, by id.
func (f *fakeSteps) taken() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.companies))
}

// NinjaReadAlerts stands in for the activity of this name, as do the following.
func (f *fakeSteps) NinjaReadAlerts(_ context.Context, in activities.ReadInput) error {
	f.note("NinjaReadAlerts")
	if in.OrganizationID != 0 {
		return final("an organization has no alerts of its own")
	}
	return nil
}

func (f *fakeSteps) ImportNextAlerts(_ context.Context, in activities.ImportNextAlertsInput) (activities.ImportNextAlertsResult, error) {
	result := activities.ImportNextAlertsResult{Alerts: []rules.Alert{}}
	for _, alert := range f.alerts {
		if alert.UID > in.After && len(result.Alerts) < in.Limit && (f.page == 0 || len(result.Alerts) < f.page) {
			result.Alerts = append(result.Alerts, alert)
		}
	}
	return result, nil
}

func (f *fakeSteps) ImportAlertDone(_ context.Context, in activities.ImportAlertDoneInput) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.Copy(f.alertOutcomes, in.Outcomes)
	maps.Copy(f.alertErrors, in.Errors)
	return nil
}

// final is an error that an activity does not get over.
func final(kind string) error {
	return temporal.NewNonRetryableApplicationError("this cannot succeed", kind, nil)
}
