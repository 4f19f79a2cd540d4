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

// If Accelo rejects a device, as invalid or for a missing permission, it fails while the others continue. A later run that succeeds
// clears the failure.
func TestRejectedDeviceFails(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]string{400: "invalid_request", 403: "invalid_permission"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			id, organization, _ := f.prepareImport(names(5)...)
			f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: status, Method: "POST", Path: "/assets$", Count: 1})
			require.Equal(t, flow.Counts{Created: 4, Failed: 1}, f.devices(id, organization))
			require.Len(t, f.failed(), 1)
			result := f.finish(activities.ImportFinishInput{ImportID: id})
			require.Len(t, result.Failures, 1)
			require.Equal(t, "device", result.Failures[0].Kind)
			require.Contains(t, result.Failures[0].Error, code)

			require.Equal(t, flow.Counts{Created: 1, Unchanged: 4}, f.fullImport().Devices)
			require.Empty(t, f.failed())
		})
	}
}

// A deployment may reject the fields of a create instead of ignoring them. The asset is then created without, and they are written
// one by one.
func TestFieldsRejectedOnCreate(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{mode: "no-extension-keys"})
	f.change(func(s *store.Settings) { s.Capabilities.SetFieldsOnCreate = nil })
	id, organization, _ := f.prepareImport(names(3)...)
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/assets$", Count: 1})
	require.Equal(t, flow.Counts{Created: 3}, f.devices(id, organization))
	connection, err := f.database.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.False(t, *connection.Settings.Capabilities.SetFieldsOnCreate)
	require.Equal(t, flow.Counts{Unchanged: 3}, f.fullImport().Devices, "the fields were written")
}

// A field that can never be written fails its device instead of being retried indefinitely.
func TestUnwritableFieldFailsDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{mode: "no-extension-keys"})
	f.change(func(s *store.Settings) {
		s.Fields["role"] = store.CustomField{ID: s.Fields["role"].ID, Type: "lookup"}
	})
	id, organization, _ := f.prepareImport("SHIP")
	require.Equal(t, flow.Counts{Failed: 1}, f.devices(id, organization))
	require.Len(t, f.failed(), 1)
}

// At the reserve of Accelo's budget, devices wait for the reset without a further call.
func TestDevicesWaitForBudget(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{reserve: 0.2})
	id, organization, _ := f.prepareImport(names(20)...)
	f.accelo.SetRateLimit(1000, time.Hour)
	f.accelo.SpendCalls(1000 - 200 - 10)
	_, err := f.syncDevices(id, organization)
	require.Equal(t, activities.WaitingForBudget, applicationError(t, err).Type())
	require.False(t, applicationError(t, err).NonRetryable())
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, applicationError(t, err).Category(), "waiting needs no attention")
	delay := applicationError(t, err).NextRetryDelay()
	require.Greater(t, delay, 59*time.Minute)
	require.LessOrEqual(t, delay, time.Hour+5*time.Second)
	// Calls in flight count as made, so the last few before the reserve may be left to the next attempt.
	left := f.accelo.RateStatus().Remaining
	require.GreaterOrEqual(t, left, 200, "the reserve is untouched")
	require.LessOrEqual(t, left, 203, "and the rest is used")
	require.Len(t, f.titles(), 210-left)
	require.Empty(t, f.failed())

	_, err = f.syncDevices(id, organization)
	require.Equal(t, activities.WaitingForBudget, applicationError(t, err).Type())
	require.GreaterOrEqual(t, f.accelo.RateStatus().Remaining, 200)
	require.LessOrEqual(t, f.accelo.RateStatus().Remaining, left)
}

// A cancelled activity finishes the current devices, starts no others, and returns what was done.
func TestCancelledDevicesStop(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, _ := f.prepareImport(names(30)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	f.onAsset(5, func() { cancel(temporal.NewCanceledError()) })
	env := f.env()
	env.SetWorkerOptions(f.workerOptionsUnder(ctx))
	result, err := f.syncDevicesIn(env, id, organization)
	require.NoError(t, err)
	require.True(t, result.Stopped)
	require.Equal(t, flow.Counts{Created: len(f.titles())}, result.Devices, "the current devices are finished and counted")
	require.GreaterOrEqual(t, len(f.titles()), 5)
	require.Less(t, len(f.titles()), 30)

	finished := f.finish(activities.ImportFinishInput{ImportID: id, Cancelled: true})
	require.Equal(t, result.Devices, finished.Devices)
	again := f.fullImport()
	require.Equal(t, flow.Counts{Created: 30 - result.Devices.Created, Unchanged: result.Devices.Created}, again.Devices)
	require.Len(t, f.titles(), 30)
}

// On a worker that stops, the activity finishes the current devices and leaves the rest to another worker.
func TestDevicesOnStoppingWorker(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, _ := f.prepareImport(names(30)...)
	stop := make(chan struct{})
	f.onAsset(5, func() { close(stop) })
	env := f.env()
	env.SetWorkerStopChannel(stop)
	_, err := f.syncDevicesIn(env, id, organization)
	require.False(t, applicationError(t, err).NonRetryable())
	require.ErrorContains(t, err, "shutting down")
	done := len(f.titles())
	require.Less(t, done, 30)
	require.Equal(t, flow.Counts{Created: 30}, f.devices(id, organization))
	require.Equal(t, map[string]int{"POST /api/v0/assets": 30}, f.writes(), "none is created twice")
}

// A stopping worker cancels the context of running activities in the end. That does not cancel the import.
func TestStoppingWorkerDoesNotCancelImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, _ := f.prepareImport(names(3)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stop := make(chan struct{})
	close(stop)
	env := f.env()
	env.SetWorkerStopChannel(stop)
	env.SetWorkerOptions(f.workerOptionsUnder(ctx))
	result, err := f.syncDevicesIn(env, id, organization)
	require.Error(t, err)
	require.False(t, result.Stopped)
}

// In an outage only a few devices are tried. None fails, and the heartbeat carries the progress.
func TestOutageWhileSyncingDevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	id, organization, _ := f.prepareImport(names(40)...)
	f.injectFaults(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/assets$"})
	var cursor activities.DevicesCursor
	env := f.env()
	env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) { _ = details.Get(&cursor) })
	_, err := f.syncDevicesIn(env, id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.Less(t, f.writes()["POST /api/v0/assets"], 12)
	require.Empty(t, f.failed())
	require.Equal(t, 40, cursor.Total)

	f.injectFaults()
	require.Equal(t, flow.Counts{Created: 40}, f.devices(id, organization))
	require.Len(t, f.titles(), 40)
}

// Devices can't be synced before their organization has a company.
func TestDevicesBeforeCompany(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.device(organization, "SHIP")
	_, err := f.syncDevices(f.beginAndRead(), organization)
	require.ErrorContains(t, err, "has no company yet")
	require.Empty(t, f.titles())
}
