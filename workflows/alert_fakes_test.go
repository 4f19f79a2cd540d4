package workflows_test

import (
	"context"
	"slices"
	"time"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// alertScript is what the activities of the alert flows answer. The zero value opens, closes and resets without trouble.
type alertScript struct {
	// opens and follows are answered in turn; the last one stays.
	opens   []activities.AcceloOpenRequestResult
	follows []activities.AcceloFollowRequestResult
	closes  activities.AcceloCloseRequestResult
	resets  activities.NinjaResetAlertsResult
	// takes is how long each of them takes on a scene's clock.
	takes time.Duration
	// refuses is which activity of a flow fails for good, the first being 1.
	refuses int
	// stumbles are what the first call of an activity fails with, by its name.
	stumbles map[string]error
	// meanwhile, where it is not nil, is done while an activity of an alert runs.
	meanwhile func(uid string)

	// asked are the inputs, in order, which say by their types which activity it was.
	asked []any
}

// ask notes what an activity is asked, and fails it where that is called for.
func (f *fakeSteps) ask(name string, in any) error {
	f.note(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, in)
	if len(f.asked) == f.refuses {
		return final(activities.Refused)
	}
	if occurrences(f.calls, name) == 1 {
		return f.stumbles[name]
	}
	return nil
}

// turn is the n-th answer, counted from 1, or the last one.
func turn[R any](answers []R, n int) (answer R) {
	if len(answers) > 0 {
		answer = answers[min(n, len(answers))-1]
	}
	return answer
}

// count is how many of the activities so far were asked with an input of this type.
func count[In any](asked []any) (n int) {
	for _, in := range asked {
		if _, ok := in.(In); ok {
			n++
		}
	}
	return n
}

func occurrences(names []string, wanted string) (n int) {
	for _, name := range names {
		if name == wanted {
			n++
		}
	}
	return n
}

// inputs are what the activities were asked so far.
func (f *fakeSteps) inputs() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// AcceloOpenRequest stands in for the activity of this name, as do the following. An alert whose subject is an outcome has
// that; "fails" is refused.
func (f *fakeSteps) AcceloOpenRequest(_ context.Context, in activities.AcceloOpenRequestInput) (activities.AcceloOpenRequestResult, error) {
	if err := f.ask("AcceloOpenRequest", in); err != nil {
		return activities.AcceloOpenRequestResult{}, err
	}
	if f.meanwhile != nil {
		f.meanwhile(in.Alert.UID)
	}
	switch in.Alert.Subject {
	case "":
		return turn(f.opens, count[activities.AcceloOpenRequestInput](f.inputs())), nil
	case "fails":
		return activities.AcceloOpenRequestResult{}, final(activities.Refused)
	}
	return activities.AcceloOpenRequestResult{Outcome: flow.Outcome(in.Alert.Subject), Text: in.Alert.Subject, RequestID: 31, IncidentID: 5}, nil
}

func (f *fakeSteps) AcceloSyncAlertCompany(_ context.Context, in activities.AcceloSyncAlertCompanyInput) error {
	return f.ask("AcceloSyncAlertCompany", in)
}

func (f *fakeSteps) AcceloSyncAlertDevice(
	_ context.Context, in activities.AcceloSyncAlertDeviceInput,
) (activities.AcceloSyncAlertDeviceResult, error) {
	err := f.ask("AcceloSyncAlertDevice", in)
	return activities.AcceloSyncAlertDeviceResult{Text: "device created; asset linked", APICalls: flow.APICalls{Ninjaone: 1, Accelo: 2, AcceloWrites: 1}}, err
}

func (f *fakeSteps) AcceloCloseRequest(_ context.Context, in activities.AcceloCloseRequestInput) (activities.AcceloCloseRequestResult, error) {
	return f.closes, f.ask("AcceloCloseRequest", in)
}

func (f *fakeSteps) AcceloFollowRequest(_ context.Context, in activities.AcceloFollowRequestInput) (activities.AcceloFollowRequestResult, error) {
	err := f.ask("AcceloFollowRequest", in)
	if err == nil && f.meanwhile != nil {
		f.meanwhile("")
	}
	return turn(f.follows, count[activities.AcceloFollowRequestInput](f.inputs())), err
}

func (f *fakeSteps) NinjaResetAlerts(_ context.Context, in activities.NinjaResetAlertsInput) (activities.NinjaResetAlertsResult, error) {
	return f.resets, f.ask("NinjaResetAlerts", in)
}
