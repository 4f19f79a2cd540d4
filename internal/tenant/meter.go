package tenant

import (
	"context"
	"sync/atomic"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
)

// Meter counts the vendor calls made under one context. It is safe for concurrent use.
type Meter struct {
	ninjaone, accelo, acceloWrites, acceloMicros atomic.Int64
	skipped                                      atomic.Int64
}

type meterKey struct{}

// WithMeter returns a context whose vendor calls are counted in the returned Meter.
func WithMeter(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

// MeterFrom returns the Meter of a context. Without one it returns a Meter that counts nothing.
func MeterFrom(ctx context.Context) *Meter {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		return m
	}
	return &Meter{}
}

// Take returns the calls counted since the last Take.
func (m *Meter) Take() store.Calls {
	return store.Calls{
		NinjaoneCalls: m.ninjaone.Swap(0), AcceloCalls: m.accelo.Swap(0), AcceloWrites: m.acceloWrites.Swap(0),
		AcceloMillis: m.acceloMicros.Swap(0) / 1000,
	}
}

// TakeSkipped returns how many records of NinjaOne's lists were skipped since the last TakeSkipped.
func (m *Meter) TakeSkipped() int { return int(m.skipped.Swap(0)) }

// CountNinjaOne counts a call in the context's Meter. Token requests don't count.
func CountNinjaOne(ctx context.Context, call ninjaone.Call) {
	if !call.Token {
		MeterFrom(ctx).ninjaone.Add(1)
	}
}

// CountAccelo counts a call in the context's Meter. Token requests don't count (accelo.md 3.7).
func CountAccelo(ctx context.Context, call accelo.Call) {
	if call.Token {
		return
	}
	m := MeterFrom(ctx)
	m.accelo.Add(1)
	m.acceloMicros.Add(call.Duration.Microseconds())
	if call.Write {
		m.acceloWrites.Add(1)
	}
}
