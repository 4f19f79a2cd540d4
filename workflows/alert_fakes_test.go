package workflows_test

import (
	"context"
	"slices"
	"time"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// alertScript sets what the activities of the alert workflows return. With the zero value they all succeed.
type alertScript struct {
	// openResults and followResults are returned one after the other; the last one repeats.
	openResults   []activities.AcceloOpenRequestResult
	followResults []activities.AcceloFollowRequestResult
	closeResult   activities.AcceloCloseRequestResult
	resetResult   activities.NinjaResetAlertsResult
	severity      activities.NinjaFindSeverityResult
	// duration is how long each activity takes on the test environment's clock.
	duration time.Duration
	// failAt is the number of the activity that fails permanently, counted from 1; 0 fails none.
	failAt int
	// failFirst holds the errors of an activity's first call, by its name.
	failFirst map[string]error
	// during, if set, is called while AcceloOpenRequest or AcceloFollowRequest runs.
	during func(uid string)

	// recorded holds the inputs of all calls in order. An input's type identifies the activity.
	recorded []any
}

// record records a call and returns the error that the script sets for it.
func (f *fakeActivities) record(name string, in any) error {
	f.recordCall(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recorded = append(f.recorded, in)
	if len(f.recorded) == f.failAt {
		return nonRetryable(activities.Refused)
	}
	if countOf(f.calls, name) == 1 {
		return f.failFirst[name]
	}
	return nil
}

// nthOrLast returns the n-th result, counted from 1, or the last one if there are fewer.
func nthOrLast[R any](results []R, n int) (result R) {
	if len(results) > 0 {
		result = results[min(n, len(results))-1]
	}
	return result
}

// count returns how many inputs are of a type.
func count[In any](inputs []any) (n int) {
	for _, in := range inputs {
		if _, ok := in.(In); ok {
			n++
		}
	}
	return n
}

func countOf(names []string, wanted string) (n int) {
	for _, name := range names {
		if name == wanted {
			n++
		}
	}
	return n
}

// inputs returns the inputs of all calls so far.
func (f *fakeActivities) inputs() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.recorded)
}

// AcceloOpenRequest fakes the activity of the same name, as do the methods below. An alert's subject, if it has one, sets the
// outcome; "fails" makes it fail permanently.
func (f *fakeActivities) AcceloOpenRequest(_ context.Context, in activities.AcceloOpenRequestInput) (activities.AcceloOpenRequestResult, error) {
	if err := f.record("AcceloOpenRequest", in); err != nil {
		return activities.AcceloOpenRequestResult{}, err
	}
	if f.during != nil {
		f.during(in.Alert.UID)
	}
	switch in.Alert.Subject {
	case "":
		return nthOrLast(f.openResults, count[activities.AcceloOpenRequestInput](f.inputs())), nil
	case "fails":
		return activities.AcceloOpenRequestResult{}, nonRetryable(activities.Refused)
	}
	return activities.AcceloOpenRequestResult{Outcome: flow.Outcome(in.Alert.Subject), Text: in.Alert.Subject, RequestID: 31, IncidentID: 5}, nil
}

func (f *fakeActivities) AcceloSyncAlertCompany(_ context.Context, in activities.AcceloSyncAlertCompanyInput) error {
	return f.record("AcceloSyncAlertCompany", in)
}

func (f *fakeActivities) AcceloSyncAlertDevice(
	_ context.Context, in activities.AcceloSyncAlertDeviceInput,
) (activities.AcceloSyncAlertDeviceResult, error) {
	err := f.record("AcceloSyncAlertDevice", in)
	return activities.AcceloSyncAlertDeviceResult{Text: "device created; asset linked", APICalls: flow.APICalls{Ninjaone: 1, Accelo: 2, AcceloWrites: 1}}, err
}

func (f *fakeActivities) AcceloCloseRequest(_ context.Context, in activities.AcceloCloseRequestInput) (activities.AcceloCloseRequestResult, error) {
	return f.closeResult, f.record("AcceloCloseRequest", in)
}

func (f *fakeActivities) AcceloFollowRequest(_ context.Context, in activities.AcceloFollowRequestInput) (activities.AcceloFollowRequestResult, error) {
	err := f.record("AcceloFollowRequest", in)
	if err == nil && f.during != nil {
		f.during("")
	}
	return nthOrLast(f.followResults, count[activities.AcceloFollowRequestInput](f.inputs())), err
}

func (f *fakeActivities) NinjaResetAlerts(_ context.Context, in activities.NinjaResetAlertsInput) (activities.NinjaResetAlertsResult, error) {
	return f.resetResult, f.record("NinjaResetAlerts", in)
}

func (f *fakeActivities) NinjaFindSeverity(_ context.Context, in activities.NinjaFindSeverityInput) (activities.NinjaFindSeverityResult, error) {
	return f.severity, f.record("NinjaFindSeverity", in)
}
