package accelo

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limiter counts the calls of the whole deployment in a window that starts with the first call (accelo.md 3.7).
type limiter struct {
	now func() time.Time

	mu     sync.Mutex
	limit  int
	window time.Duration
	used   int
	resets time.Time
}

// take counts one call, sets the three headers and reports whether the call is within the limit. X-RateLimit-Reset is
// rounded up to whole seconds so that a client that waits for it is never too early.
func (l *limiter) take(header http.Header) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if !now.Before(l.resets) {
		l.used, l.resets = 0, now.Add(l.window)
	}
	allowed := l.used < l.limit
	if allowed {
		l.used++
	}
	reset := l.resets.Unix()
	if l.resets.Nanosecond() > 0 {
		reset++
	}
	header.Set("X-RateLimit-Limit", strconv.Itoa(l.limit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, l.limit-l.used)))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(reset, 10))
	return allowed
}

// change sets the limit and the window, unless they are 0, and starts a new window.
func (l *limiter) change(limit int, window time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit > 0 {
		l.limit = limit
	}
	if window > 0 {
		l.window = window
	}
	l.used, l.resets = 0, time.Time{}
}

// spend uses up calls of the window.
func (l *limiter) spend(calls int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); !now.Before(l.resets) {
		l.used, l.resets = 0, now.Add(l.window)
	}
	l.used = min(l.limit, l.used+calls)
}

// RateStatus is the state of the current window.
type RateStatus struct {
	Limit     int       `json:"limit"`
	Remaining int       `json:"remaining"`
	Resets    time.Time `json:"resets"`
}

func (l *limiter) status() RateStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.now().Before(l.resets) {
		return RateStatus{Limit: l.limit, Remaining: l.limit}
	}
	return RateStatus{Limit: l.limit, Remaining: l.limit - l.used, Resets: l.resets}
}

func (s *Simulator) tooMany() *refusal {
	r := &refusal{
		code: http.StatusTooManyRequests, status: "too_many_requests", moreInfo: "api.accelo.com/docs/#rate-limiting",
		message: "Rate limit exceeded for " + s.options.Deployment + ".api.accelo.com",
	}
	if s.Switches().RetryAfterOn429 {
		r.retryAfter = max(1, int(s.rate.status().Resets.Sub(s.options.Now()).Seconds())+1)
	}
	return r
}
