package lab

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Latency is an artificial delay before each call is served: a fixed part plus random jitter. It is safe for concurrent
// use.
type Latency struct {
	mu            sync.Mutex
	random        *rand.Rand
	fixed, jitter time.Duration
}

// Set changes the latency. Negative values count as 0.
func (l *Latency) Set(fixed, jitter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fixed, l.jitter = max(fixed, 0), max(jitter, 0)
}

// Get returns the fixed part and the maximum jitter.
func (l *Latency) Get() (fixed, jitter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fixed, l.jitter
}

func (l *Latency) wait(ctx context.Context) {
	l.mu.Lock()
	total := l.fixed
	if l.jitter > 0 {
		total += time.Duration(l.random.Int64N(int64(l.jitter)))
	}
	l.mu.Unlock()
	pause(ctx, total)
}

// pause waits for a duration or until ctx ends.
func pause(ctx context.Context, duration time.Duration) {
	if duration <= 0 {
		return
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
