package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

func names(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("PC-%02d", i)
	}
	return names
}

// A device that Accelo refuses, as such or for want of a right, is parked while the others go on, and taken out when a later run
// succeeds with it.
func TestRefusedDeviceIsParked(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{400: "invalid_request", 403: "invalid_permission"} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			id, organization, _ := w.inOrder(names(5)...)
			w.trouble(lab.Fault{Kind: lab.FaultStatus, Status: status, Method: "POST", Path: "/assets$", Count: 1})
			require.Equal(t, flow.Counts{Created: 4, Failed: 1}, w.devices(id, organization))
			require.Len(t, w.parked(), 1)
			result := w.finish(activities.ImportFinishInput{ImportID: id})
			require.Len(t, result.Failures, 1)
			require.Equal(t, "device", result.Failures[0].Kind)
			require.Contains(t, result.Failures[0].Error, says)

			require.Equal(t, flow.Counts{Created: 1, Unchanged: 4}, w.fullImport().Devices)
			require.Empty(t, w.parked())
		})
	}
}

// A deployment may refuse the fields of a create instead of ignoring them: the asset is made without, and they follow one by one.
func TestFieldsRefusedOnCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: "no-extension-keys"})
	w.change(func(s *store.Settings) { s.Capabilities.SetFieldsOnCreate = nil })
	id, organization, _ := w.inOrder(names(3)...)
	w.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/assets$", Count: 1})
	require.Equal(t, flow.Counts{Created: 3}, w.devices(id, organization))
	connection, err := w.database.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.False(t, *connection.Settings.Capabilities.SetFieldsOnCreate)
	require.Equal(t, flow.Counts{Unchanged: 3}, w.fullImport().Devices, "the fields have been written")
}

// A field that can never be written parks its device instead of being tried for ever.
func TestUnwritableFieldParksTheDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: "no-extension-keys"})
	w.change(func(s *store.Settings) {
		s.Fields["role"] = store.CustomField{ID: s.Fields["role"].ID, Type: "lookup"}
	})
	id, organization, _ := w.inOrder("SHIP")
	require.Equal(t, flow.Counts{Failed: 1}, w.devices(id, organization))
	require.Len(t, w.parked(), 1)
}

// At the reserve of Accelo's budget the devices wait for the reset, and no further call is made.
func TestDevicesWaitForTheBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{reserve: 0.2})
	id, organization, _ := w.inOrder(names(20)...)
	w.accelo.SetRateLimit(1000, time.Hour)
	w.accelo.SpendCalls(1000 - 200 - 10)
	_, err := w.syncDevices(id, organization)
	require.Equal(t, activities.WaitingForBudget, failure(t, err).Type())
	require.False(t, failure(t, err).NonRetryable())
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, failure(t, err).Category(), "waiting is no reason for an alarm")
	delay := failure(t, err).NextRetryDelay()
	require.Greater(t, delay, 59*time.Minute)
	require.LessOrEqual(t, delay, time.Hour+5*time.Second)
	// Calls that are under way count as made, so that the last few before the reserve may be left to the next attempt.
	left := w.accelo.RateStatus().Remaining
	require.GreaterOrEqual(t, left, 200, "the reserve is untouched")
	require.LessOrEqual(t, left, 203, "and the rest is used")
	require.Len(t, w.titles(), 210-left)
	require.Empty(t, w.parked())

	_, err = w.syncDevices(id, organization)
	require.Equal(t, activities.WaitingForBudget, failure(t, err).Type())
	require.GreaterOrEqual(t, w.accelo.RateStatus().Remaining, 200)
	require.LessOrEqual(t, w.accelo.RateStatus().Remaining, left)
}

// Cancelled, the activity finishes the devices in hand, takes up no other, and tells what was done.
func TestCancelledDevicesStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, _ := w.inOrder(names(30)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	w.onAsset(5, func() { cancel(temporal.NewCanceledError()) })
	env := w.env()
	env.SetWorkerOptions(w.workerOptionsUnder(ctx))
	result, err := w.syncDevicesIn(env, id, organization)
	require.NoError(t, err)
	require.True(t, result.Stopped)
	require.Equal(t, flow.Counts{Created: len(w.titles())}, result.Devices, "those in hand are finished, and counted")
	require.GreaterOrEqual(t, len(w.titles()), 5)
	require.Less(t, len(w.titles()), 30)

	finished := w.finish(activities.ImportFinishInput{ImportID: id, Cancelled: true})
	require.Equal(t, result.Devices, finished.Devices)
	again := w.fullImport()
	require.Equal(t, flow.Counts{Created: 30 - result.Devices.Created, Unchanged: result.Devices.Created}, again.Devices)
	require.Len(t, w.titles(), 30)
}

// On a worker that stops, the activity finishes the devices in hand and lets another worker go on with the rest.
func TestDevicesOnAStoppingWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, _ := w.inOrder(names(30)...)
	stop := make(chan struct{})
	w.onAsset(5, func() { close(stop) })
	env := w.env()
	env.SetWorkerStopChannel(stop)
	_, err := w.syncDevicesIn(env, id, organization)
	require.False(t, failure(t, err).NonRetryable())
	require.ErrorContains(t, err, "shutting down")
	done := len(w.titles())
	require.Less(t, done, 30)
	require.Equal(t, flow.Counts{Created: 30}, w.devices(id, organization))
	require.Equal(t, map[string]int{"POST /api/v0/assets": 30}, w.writes(), "none is created twice")
}

// A worker that stops cancels what still runs in the end. That is no cancellation of the import.
func TestStoppingWorkerIsNoCancellation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, _ := w.inOrder(names(3)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stop := make(chan struct{})
	close(stop)
	env := w.env()
	env.SetWorkerStopChannel(stop)
	env.SetWorkerOptions(w.workerOptionsUnder(ctx))
	result, err := w.syncDevicesIn(env, id, organization)
	require.Error(t, err)
	require.False(t, result.Stopped)
}

// In an outage only a few devices are tried; none is parked, and the heartbeat tells how far it came.
func TestOutageWhileSyncingDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: short})
	id, organization, _ := w.inOrder(names(40)...)
	w.trouble(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/assets$"})
	var cursor activities.DevicesCursor
	env := w.env()
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { _ = details.Get(&cursor) })
	_, err := w.syncDevicesIn(env, id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.Less(t, w.writes()["POST /api/v0/assets"], 12)
	require.Empty(t, w.parked())
	require.Equal(t, 40, cursor.Total)

	w.trouble()
	require.Equal(t, flow.Counts{Created: 40}, w.devices(id, organization))
	require.Len(t, w.titles(), 40)
}

// Devices have nowhere to go before their organization has a company.
func TestDevicesBeforeTheirCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	w.device(organization, "SHIP")
	_, err := w.syncDevices(w.read(), organization)
	require.ErrorContains(t, err, "has no company yet")
	require.Empty(t, w.titles())
}
