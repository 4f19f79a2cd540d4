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

// schedules is a Temporal that has the schedule already, and answers updates as told.
type schedules struct {
	client.Client

	create error
	answer func(call int) error
	calls  int
}

func (s *schedules) ScheduleClient() client.ScheduleClient { return scheduleClient{schedules: s} }

type scheduleClient struct {
	client.ScheduleClient
	*schedules
}

func (s scheduleClient) Create(context.Context, client.ScheduleOptions) (client.ScheduleHandle, error) {
	return nil, s.create
}

func (s scheduleClient) GetHandle(context.Context, string) client.ScheduleHandle {
	return handle{schedules: s.schedules}
}

type handle struct {
	client.ScheduleHandle
	*schedules
}

func (h handle) Update(context.Context, client.ScheduleUpdateOptions) error {
	h.calls++
	return h.answer(h.calls)
}

// A server that does not answer for schedules yet is asked again for a while; every other error is final.
func TestApplyScheduleAsksAgain(t *testing.T) {
	t.Parallel()
	late := serviceerror.NewDeadlineExceeded("context deadline exceeded")
	denied := serviceerror.NewPermissionDenied("no", "")
	tests := []struct {
		name   string
		create error
		answer func(call int) error
		want   error
		calls  int
	}{
		{"answers at the third time", temporal.ErrScheduleAlreadyRunning, func(call int) error {
			if call < 3 {
				return late
			}
			return nil
		}, nil, 3},
		{"never answers", temporal.ErrScheduleAlreadyRunning, func(int) error { return late }, late, 6},
		{"refuses the update", temporal.ErrScheduleAlreadyRunning, func(int) error { return denied }, denied, 1},
		{"refuses to create", denied, nil, denied, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := &schedules{create: test.create, answer: test.answer}
			change, err := temporalx.ApplySchedule(t.Context(), server, reconcile())
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

// The end of the program ends the asking.
func TestApplyScheduleEnds(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	server := &schedules{create: temporal.ErrScheduleAlreadyRunning, answer: func(int) error {
		end()
		return serviceerror.NewDeadlineExceeded("context deadline exceeded")
	}}
	_, err := temporalx.ApplySchedule(ctx, server, reconcile())
	require.Error(t, err)
	require.Equal(t, 1, server.calls)
}
