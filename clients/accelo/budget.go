package accelo

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	defaultWindow = time.Hour
	// clockGrace is how long to wait if Accelo says that a window has not ended, although it has by our clock.
	clockGrace = 5 * time.Second
)

// Budget tracks a deployment's hourly limit from the X-RateLimit-* headers of every response (accelo.md 3.7). Every call
// except token requests is checked against it. The limit is shared with all other integrations of the deployment, so the
// headers always override what was counted here. A Budget is safe for concurrent use.
type Budget struct {
	reserve float64
	now     func() time.Time

	mu              sync.Mutex
	state           BudgetState
	windowEnd       time.Time     // by our clock: Reset, or later if our clock is ahead
	bulkPausedUntil time.Time     // because of Retry-After
	shortestWindow  time.Duration // shortest time seen between two resets
	longestAhead    time.Duration // farthest that a reset was seen in the future
}

// BudgetState is what is known about the hourly limit.
type BudgetState struct {
	// Known is false until a response, or a stored state, has shown the limit.
	Known bool
	// Limit and Remaining are the calls per window and the calls left in it, as Accelo counts them.
	Limit, Remaining int
	// InFlight is the number of this process's calls without a response yet.
	InFlight int
	// Reset is when the window ends.
	Reset time.Time
	// Window is the length of a window, learned from two resets; the default is one hour.
	Window time.Duration
	// Reserve is the number of calls in a window that the Bulk lane leaves untouched.
	Reserve int
}

// NewBudget creates a budget that reserves a share of the limit, 0 to 1, for the Urgent lane. A nil clock is time.Now.
func NewBudget(reserve float64, now func() time.Time) *Budget {
	if now == nil {
		now = time.Now
	}
	return &Budget{reserve: shareOf(reserve), now: now}
}

// shareOf returns a share from 0 to 1.
func shareOf(reserve float64) float64 {
	if math.IsNaN(reserve) {
		return 0
	}
	return min(max(reserve, 0), 1)
}

// SetReserve changes the share of the limit, 0 to 1, that is reserved for the Urgent lane.
func (b *Budget) SetReserve(reserve float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserve = shareOf(reserve)
}

// State returns the current state. After Reset, Remaining equals Limit until a response says otherwise.
func (b *Budget) State() BudgetState {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rollOver()
	state := b.state
	state.Window, state.Reserve = b.window(), b.reserved(Bulk)
	return state
}

// Seed adopts the state that another process has stored. It ignores InFlight, and a state that is older than the known one,
// whose reset has passed, or whose reset is more than a day away.
func (b *Budget) Seed(stored BudgetState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if stored.Window > 0 && stored.Window != defaultWindow && b.shortestWindow == 0 {
		b.shortestWindow = stored.Window
	}
	if !stored.Known || !stored.Reset.After(now) || stored.Reset.After(now.Add(24*time.Hour)) || stored.Reset.Before(b.state.Reset) {
		return
	}
	b.update(stored.Limit, stored.Remaining, stored.Reset, now)
}

// admit counts a call as in flight, or rejects it with a *BudgetError.
func (b *Budget) admit(lane Lane) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.check(lane); err != nil {
		return err
	}
	b.state.InFlight++
	return nil
}

// check returns the *BudgetError that a call would be rejected with.
func (b *Budget) check(lane Lane) error {
	b.rollOver()
	if lane == Bulk && b.now().Before(b.bulkPausedUntil) {
		return &BudgetError{Until: b.bulkPausedUntil, Lane: lane}
	}
	if b.state.Known && b.state.Remaining-b.state.InFlight <= b.reserved(lane) {
		return &BudgetError{Until: b.windowEnd, Lane: lane, Limit: b.state.Limit, Remaining: b.state.Remaining}
	}
	return nil
}

// settle ends an admitted call with the headers of its response. They are nil without a response: the next response shows
// whether Accelo counted the call.
func (b *Budget) settle(header http.Header) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.InFlight--
	b.observe(header)
}

func (b *Budget) observe(header http.Header) {
	limit, limitErr := strconv.Atoi(header.Get("X-RateLimit-Limit"))
	remaining, remainingErr := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	reset, resetErr := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	// A 401 has none of these headers (accelo.md 3.7). Incomplete or absurd ones are ignored.
	if limitErr != nil || remainingErr != nil || resetErr != nil || reset <= 0 || reset > maxUnix {
		return
	}
	b.update(limit, remaining, time.Unix(reset, 0).UTC(), b.now())
}

// update adopts what a response shows, unless the known state is newer.
func (b *Budget) update(limit, remaining int, reset, now time.Time) {
	if limit <= 0 {
		return
	}
	remaining = min(max(remaining, 0), limit)
	known := b.state.Known
	switch {
	case known && reset.Before(b.state.Reset) && !reset.After(now):
		return
	case known && reset.Before(b.state.Reset):
		// This is not a late response, because its window has not ended: Accelo has changed its windows.
		b.shortestWindow, b.longestAhead = 0, 0
	case known && reset.Equal(b.state.Reset):
		// Responses can arrive out of order. In one window, the smallest number is the latest.
		remaining = min(remaining, b.state.Remaining)
	case known:
		if distance := reset.Sub(b.state.Reset); b.shortestWindow == 0 || distance < b.shortestWindow {
			b.shortestWindow = distance
		}
	}
	b.longestAhead = max(b.longestAhead, reset.Sub(now))
	b.state.Known, b.state.Limit, b.state.Remaining, b.state.Reset = true, limit, remaining, reset
	b.windowEnd = reset
	if !reset.After(now) {
		b.windowEnd = now.Add(clockGrace)
	}
}

// rollOver refills the budget at the end of its window.
func (b *Budget) rollOver() {
	if b.state.Known && !b.now().Before(b.windowEnd) {
		b.state.Remaining = b.state.Limit
	}
}

// window returns the shortest time between two resets. If the reset moves along with the clock, that time means nothing, so
// the distance to the reset is the length.
func (b *Budget) window() time.Duration {
	switch {
	case b.shortestWindow == 0:
		return defaultWindow
	case b.shortestWindow < b.longestAhead/2:
		return b.longestAhead
	default:
		return b.shortestWindow
	}
}

// reserved returns the number of calls that a lane must leave untouched.
func (b *Budget) reserved(lane Lane) int {
	if lane != Bulk {
		return 0
	}
	return int(math.Ceil(b.reserve * float64(b.state.Limit)))
}

// pauseBulk stops the Bulk lane until a time that Accelo asked for.
func (b *Budget) pauseBulk(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.bulkPausedUntil) {
		b.bulkPausedUntil = until
	}
}
