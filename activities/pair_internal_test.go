package activities

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

var moved = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// An activity is bound to the pair that its execution carries, or to the current one if the execution began under it.
func TestBindPair(t *testing.T) {
	t.Parallel()
	outage := errors.New("connection refused")
	for _, test := range []struct {
		name    string
		carried flow.Pair
		current store.Pair
		err     error
		want    int64 // 0: not bound
		wantErr error
	}{
		{name: "carried", carried: flow.Pair{Connection: "default", Number: 1}, current: store.Pair{Number: 2, Since: moved}, want: 1},
		{name: "no start time, as of earlier versions", current: store.Pair{Number: 2, Since: moved}, want: 2},
		{name: "started by hand since the move", carried: flow.Pair{Started: moved.Add(time.Second)}, current: store.Pair{Number: 2, Since: moved}, want: 2},
		{
			name: "started before the move", carried: flow.Pair{Started: moved.Add(-time.Second)}, current: store.Pair{Number: 2, Since: moved},
			wantErr: store.ErrFormerPair,
		},
		{name: "never moved", carried: flow.Pair{Started: moved.Add(-time.Hour)}, current: store.Pair{Number: 1, Since: moved}, want: 1},
		{name: "unknown connection", err: store.ErrNotFound},
		{name: "database down", err: outage, wantErr: outage},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			current := func(_ context.Context, name string) (store.Pair, error) {
				require.Equal(t, "default", name)
				test.current.Connection = name
				return test.current, test.err
			}
			ctx, err := bindPair(flow.WithPair(t.Context(), test.carried), []any{ReadInput{Connection: "default"}}, current)
			require.ErrorIs(t, err, test.wantErr)
			pair, bound := store.PairFrom(ctx)
			require.Equal(t, test.want != 0, bound)
			if bound {
				require.Equal(t, "default", pair.Connection)
				require.Equal(t, test.want, pair.Number)
			}
		})
	}
}

// Every input that names a connection, at whatever depth, can be bound. The few that name none are about an import alone, whose rows
// end with its pair.
func TestConnectionOfEveryInput(t *testing.T) {
	t.Parallel()
	withoutConnection := map[string]bool{"ImportNextInput": true, "ImportNextAlertsInput": true, "ImportAlertDoneInput": true}
	methods := reflect.TypeFor[*Activities]()
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		if method.Type.NumIn() != 3 {
			continue
		}
		in := reflect.New(method.Type.In(2)).Elem()
		setConnection(in)
		require.Equal(t, !withoutConnection[in.Type().Name()], connectionOf([]any{in.Interface()}) == "msp", method.Name)
	}
}

// setConnection sets the first member called Connection.
func setConnection(value reflect.Value) bool {
	if value.Kind() != reflect.Struct {
		return false
	}
	if name := value.FieldByName("Connection"); name.IsValid() && name.Kind() == reflect.String && name.CanSet() {
		name.SetString("msp")
		return true
	}
	for i := range value.NumField() {
		if setConnection(value.Field(i)) {
			return true
		}
	}
	return false
}
