package activities

import (
	"context"
	"sync/atomic"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// meter counts the calls to the vendors that are made on behalf of one activity.
type meter struct {
	ninjaone, accelo, acceloWrites, acceloMicros atomic.Int64
}

type meterKey struct{}

func withMeter(ctx context.Context) (context.Context, *meter) {
	m := &meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

// take returns what was counted since the last take.
func (m *meter) take() store.Calls {
	return store.Calls{
		NinjaoneCalls: m.ninjaone.Swap(0), AcceloCalls: m.accelo.Swap(0), AcceloWrites: m.acceloWrites.Swap(0),
		AcceloMillis: m.acceloMicros.Swap(0) / 1000,
	}
}

// calls are what was counted since the last take, as results tell them.
func (m *meter) calls() flow.APICalls {
	taken := m.take()
	return flow.APICalls{Ninjaone: taken.NinjaoneCalls, Accelo: taken.AcceloCalls, AcceloWrites: taken.AcceloWrites}
}

// CountNinjaOne counts a call for the activity that made it, if one did. Token requests do not count.
func CountNinjaOne(ctx context.Context, call ninjaone.Call) {
	if m, ok := ctx.Value(meterKey{}).(*meter); ok && !call.Token {
		m.ninjaone.Add(1)
	}
}

// CountAccelo counts a call for the activity that made it, if one did. Token requests do not count (contract accelo 3.7).
func CountAccelo(ctx context.Context, call accelo.Call) {
	m, ok := ctx.Value(meterKey{}).(*meter)
	if !ok || call.Token {
		return
	}
	m.accelo.Add(1)
	m.acceloMicros.Add(call.Duration.Microseconds())
	if call.Write {
		m.acceloWrites.Add(1)
	}
}
