package temporalx_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/temporalx"
)

// fakeSchedules is a server that already has the schedule; answer gives the result of each update.
type fakeSchedules struct {
	client.Client

	create error
	answer func(call int) error
	calls  int
}

func (s *fakeSchedules) ScheduleClient() client.ScheduleClient {
	return scheduleClient{fakeSchedules: s}
}

type scheduleClient struct {
	client.ScheduleClient
	*fakeSchedules
}

func (s scheduleClient) Create(context.Context, client.ScheduleOptions) (client.ScheduleHandle, error) {
	return nil, s.create
}

func (s scheduleClient) GetHandle(context.Context, string) client.ScheduleHandle {
	return handle{fakeSchedules: s.fakeSchedules}
}

type handle struct {
	client.ScheduleHandle
	*fakeSchedules
}

func (h handle) Update(context.Context, client.ScheduleUpdateOptions) error {
	h.calls++
	return h.answer(h.calls)
}

// An update that times out is retried a few times; every other error is final.
func TestApplyScheduleRetries(t *testing.T) {
	t.Parallel()
	timeout := serviceerror.NewDeadlineExceeded("context deadline exceeded")
	denied := serviceerror.NewPermissionDenied("no", "")
	tests := []struct {
		name   string
		create error
		answer func(call int) error
		want   error
		calls  int
	}{
		{"succeeds at the third attempt", temporal.ErrScheduleAlreadyRunning, func(call int) error {
			if call < 3 {
				return timeout
			}
			return nil
		}, nil, 3},
		{"always times out", temporal.ErrScheduleAlreadyRunning, func(int) error { return timeout }, timeout, 6},
		{"update denied", temporal.ErrScheduleAlreadyRunning, func(int) error { return denied }, denied, 1},
		{"create denied", denied, nil, denied, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := &fakeSchedules{create: test.create, answer: test.answer}
			change, err := temporalx.ApplySchedule(t.Context(), server, reconcile(), version)
			require.Equal(t, test.calls, server.calls)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
				require.ErrorContains(t, err, "schedule reconcile/default")
				return
			}
			require.NoError(t, err)
			require.Equal(t, temporalx.ScheduleUnchanged, change)
		})
	}
}

// A canceled context ends the retries.
func TestApplyScheduleCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := &fakeSchedules{create: temporal.ErrScheduleAlreadyRunning, answer: func(int) error {
		cancel()
		return serviceerror.NewDeadlineExceeded("context deadline exceeded")
	}}
	_, err := temporalx.ApplySchedule(ctx, server, reconcile(), version)
	require.Error(t, err)
	require.Equal(t, 1, server.calls)
}
