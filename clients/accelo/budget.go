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
	// A reply that says its window is not over yet, while our clock says it is, is believed for this long.
	clockGrace = 5 * time.Second
)

// Budget is the gauge of one deployment's hourly limit. It is fed by the X-RateLimit-* headers of every reply
// (contract accelo 3.7) and asked before every call but those to the token endpoint, which is exempt. The limit is shared
// with all other integrations of the deployment, so what a reply says always counts more than what was counted here.
// It is safe for concurrent use.
type Budget struct {
	reserve float64
	now     func() time.Time

	mu       sync.Mutex
	state    BudgetState
	over     time.Time     // when by our clock the window is over: Reset, or later when our clock is ahead
	pause    time.Time     // until when a reply's Retry-After holds the Bulk lane
	shortest time.Duration // shortest distance seen between two resets
	ahead    time.Duration // farthest that a reset was seen ahead of us
}

// BudgetState is what is known of the hourly limit.
type BudgetState struct {
	// Known is false until a reply, or a stored state, has told the limit.
	Known bool
	// Limit and Remaining are calls per window and calls left in it, as Accelo counts them.
	Limit, Remaining int
	// InFlight is how many calls of this process have no reply yet.
	InFlight int
	// Reset is when the window ends.
	Reset time.Time
	// Window is how long a window lasts: learned from two different resets, else one hour.
	Window time.Duration
	// Reserve is how many calls of a window the Bulk lane leaves untouched.
	Reserve int
}

// NewBudget makes a gauge that keeps a share of the limit (0 to 1) for the Urgent lane. A nil clock is time.Now.
func NewBudget(reserve float64, now func() time.Time) *Budget {
	if now == nil {
		now = time.Now
	}
	if math.IsNaN(reserve) {
		reserve = 0
	}
	return &Budget{reserve: min(max(reserve, 0), 1), now: now}
}

// State is what is known now. After Reset has passed, Remaining counts as Limit until a reply says otherwise.
func (b *Budget) State() BudgetState {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll()
	state := b.state
	state.Window, state.Reserve = b.window(), b.floor(Bulk)
	return state
}

// Seed tells a new process what an earlier one, or another, knew. A state that is older than what is known, whose
// reset has passed, or that is more than a day ahead, is ignored; InFlight is too.
func (b *Budget) Seed(stored BudgetState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if stored.Window > 0 && stored.Window != defaultWindow && b.shortest == 0 {
		b.shortest = stored.Window
	}
	if !stored.Known || !stored.Reset.After(now) || stored.Reset.After(now.Add(24*time.Hour)) || stored.Reset.Before(b.state.Reset) {
		return
	}
	b.learn(stored.Limit, stored.Remaining, stored.Reset, now)
}

// admit counts a call as in flight, or refuses it with a *BudgetError.
func (b *Budget) admit(lane Lane) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll()
	if lane == Bulk && b.now().Before(b.pause) {
		return &BudgetError{Until: b.pause, Lane: lane}
	}
	if b.state.Known && b.state.Remaining-b.state.InFlight <= b.floor(lane) {
		return &BudgetError{Until: b.over, Lane: lane, Limit: b.state.Limit, Remaining: b.state.Remaining}
	}
	b.state.InFlight++
	return nil
}

// settle ends a call that was admitted. The header is nil when there was no reply: whether such a call was counted is
// unknown, and the next reply tells.
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
	// A 401 carries none of them (contract accelo 3.7); an incomplete or absurd set says nothing.
	if limitErr != nil || remainingErr != nil || resetErr != nil || reset <= 0 || reset > maxUnix {
		return
	}
	b.learn(limit, remaining, time.Unix(reset, 0).UTC(), b.now())
}

// learn takes over what a reply said, unless the reply is older than what is known.
func (b *Budget) learn(limit, remaining int, reset, now time.Time) {
	if limit <= 0 {
		return
	}
	remaining = min(max(remaining, 0), limit)
	known := b.state.Known
	switch {
	case known && reset.Before(b.state.Reset) && !reset.After(now):
		return
	case known && reset.Before(b.state.Reset):
		// Not a late reply, whose window would be over: Accelo has begun its windows anew.
		b.shortest, b.ahead = 0, 0
	case known && reset.Equal(b.state.Reset):
		// Replies overtake each other: within one window the smallest figure is the newest.
		remaining = min(remaining, b.state.Remaining)
	case known:
		if distance := reset.Sub(b.state.Reset); b.shortest == 0 || distance < b.shortest {
			b.shortest = distance
		}
	}
	b.ahead = max(b.ahead, reset.Sub(now))
	b.state.Known, b.state.Limit, b.state.Remaining, b.state.Reset = true, limit, remaining, reset
	b.over = reset
	if !reset.After(now) {
		b.over = now.Add(clockGrace)
	}
}

// roll opens a new window once the old one is over.
func (b *Budget) roll() {
	if b.state.Known && !b.now().Before(b.over) {
		b.state.Remaining = b.state.Limit
	}
}

// window is the shortest distance between two resets. Where the reset slides along with the clock that distance is
// meaningless, and how far ahead it was seen tells the length.
func (b *Budget) window() time.Duration {
	switch {
	case b.shortest == 0:
		return defaultWindow
	case b.shortest < b.ahead/2:
		return b.ahead
	default:
		return b.shortest
	}
}

func (b *Budget) floor(lane Lane) int {
	if lane != Bulk {
		return 0
	}
	return int(math.Ceil(b.reserve * float64(b.state.Limit)))
}

// hold keeps the Bulk lane back until then, because a reply asked for it.
func (b *Budget) hold(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.pause) {
		b.pause = until
	}
}
