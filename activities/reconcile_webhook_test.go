package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// register restores the webhooks as a reconciliation does, and returns their state and the calls to NinjaOne.
func (f *fixture) register(in activities.RegisterWebhooksInput) (flow.Webhooks, int64) {
	f.t.Helper()
	in.Connection = "default"
	result, err := runIn[activities.RegisterWebhooksResult](f.env(), f.steps.RegisterWebhooks, in)
	require.NoError(f.t, err)
	return result.Webhooks, result.APICalls.Ninjaone
}

// requireRegistered requires that NinjaOne's webhook is registered again.
func (f *fixture) requireRegistered(in activities.RegisterWebhooksInput) {
	f.t.Helper()
	webhooks, calls := f.register(in)
	require.Equal(f.t, flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}, webhooks)
	require.Equal(f.t, int64(1), calls)
}

// requireLeft requires that NinjaOne's webhook is left alone, and that the connection says what to do.
func (f *fixture) requireLeft(in activities.RegisterWebhooksInput) {
	f.t.Helper()
	webhooks, calls := f.register(in)
	require.Contains(f.t, webhooks.NinjaOne, "its events stay away although it was registered 3 times within a day")
	require.Contains(f.t, webhooks.Todo, "Then run `starter connect`")
	require.Equal(f.t, flow.Registered, webhooks.Accelo)
	require.Zero(f.t, calls)
}

// What a reconciliation has found: nothing, events that stay away, a single event that was lost, and a user's wish.
var (
	nothing = activities.RegisterWebhooksInput{}
	silent  = activities.RegisterWebhooksInput{Again: true, Missed: true, Silence: 2}
	lost    = activities.RegisterWebhooksInput{Again: true, Missed: true, Silence: 1, Heard: true}
	asked   = activities.RegisterWebhooksInput{Again: true}
	heard   = activities.RegisterWebhooksInput{Heard: true}
)

// If NinjaOne's events stay away although its webhook was registered again a few times, it is left alone for the rest of the day, and the
// connection says so. A user who asks for it gets it, and so does the next day.
func TestRegisterWebhooksGivesUp(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{publicURL: "http://127.0.0.1:9"})
	f.requireRegistered(nothing)
	for range 3 {
		f.requireRegistered(silent)
	}
	_, calls := f.register(nothing)
	require.Zero(t, calls, "the third one may have helped")
	f.sql(`UPDATE reconciles SET registered_at = registered_at - interval '2 hours'`)
	f.requireRegistered(nothing)
	f.requireLeft(silent)
	f.sql(`UPDATE reconciles SET registered_at = registered_at - interval '2 hours'`)
	f.requireLeft(nothing)
	f.requireLeft(silent)
	f.requireRegistered(asked)
	f.requireLeft(silent)

	f.sql(`UPDATE reconciles SET replaced_at[1] = replaced_at[1] - interval '1 day'`)
	f.requireRegistered(silent)
	f.requireLeft(silent)
}

// Events that get lost one by one while others come say that the webhook leads to us, however many they are. So does the first event that
// comes after an outage of ours.
func TestRegisterWebhooksKnowsLossFromSilence(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{publicURL: "http://127.0.0.1:9"})
	for range 10 {
		f.requireRegistered(lost)
	}
	for range 3 {
		f.requireRegistered(silent)
	}
	f.requireLeft(silent)
	for _, in := range []activities.RegisterWebhooksInput{heard, nothing} {
		webhooks, calls := f.register(in)
		require.Equal(t, flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}, webhooks)
		require.Zero(t, calls)
	}

	rare := activities.RegisterWebhooksInput{Again: true, Missed: true, Silence: 1}
	f.sql(`UPDATE reconciles SET replaced_at = '{}'`)
	for range 4 {
		f.requireRegistered(rare)
	}
	f.requireLeft(rare)
}

// The log says how many of the newest events are missing, and whether the webhook brought the one before them.
func TestSilence(t *testing.T) {
	t.Parallel()
	f := withCursor(t, settings{})
	expect := func(silence int, heard bool, why string) {
		t.Helper()
		read := f.missed()
		require.Equal(t, silence, read.Silence, why)
		require.Equal(t, heard, read.Heard, why)
	}
	expect(0, false, "nothing has happened")
	first := f.triggerAlert("a")
	f.reset(first)
	expect(2, false, "nothing has come")
	known := f.triggerAlert("b")
	f.mustOpen(known, flow.Opened)
	expect(0, true, "the newest one has come, though others are missing")
	f.triggerAlert("c")
	expect(1, true, "one is missing after it")
	f.reset(known)
	expect(2, true, "its reset is missing as well")
	f.advanceCursor(f.missed())
	expect(0, false, "what is below the cursor says nothing")
}
