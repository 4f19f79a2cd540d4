package bulkhead

import (
	"fmt"
	"sync"
	"time"
)

const (
	// Size is how many calls of a share can run at the same time: a quarter of a worker's slots for what a technician waits for.
	Size = 64
	// stuckCalls and stuckAfter tell a vendor that hangs before its calls time out: so many calls are running, and none has ended for so long.
	stuckCalls = 8
	stuckAfter = 5 * time.Second
	// slow is how long a call has to take without an answer to count as one that hung. A refused connection holds nothing up.
	slow = 4 * time.Second
	// tripAfter is how many calls have to hang in a row to open the breaker.
	tripAfter = 3
	// minPause and maxPause bound how long the breaker stays open: it doubles as long as the vendor hangs.
	minPause = 5 * time.Second
	maxPause = 30 * time.Second
	// retryFull is how soon a call that found no place can try again.
	retryFull = time.Second
)

// End is how a call ended.
type End int

// The ends of a call.
const (
	// Answered means that the vendor answered, whatever it said.
	Answered End = iota
	// Unanswered means that no answer came, or one that says that the vendor itself waited in vain.
	Unanswered
	// Abandoned means that the caller no longer wanted it.
	Abandoned
)

// BusyError is a call that was not made, so that it holds nothing up.
type BusyError struct {
	// Until is when a call may be admitted again.
	Until time.Time
	// Hangs means that the vendor doesn't answer; otherwise too many calls are running.
	Hangs bool
}

// Error says why the call was not made and when it can be.
func (e *BusyError) Error() string {
	until := e.Until.UTC().Format("15:04:05Z")
	if e.Hangs {
		return "not called, because earlier calls were left without an answer; trying again at " + until
	}
	return fmt.Sprintf("not called, because %d calls are running already; trying again at %s", Size, until)
}

// Share bounds the calls of one connection to one vendor in one lane. It is safe for concurrent use.
type Share struct {
	now    func() time.Time
	report func(hangs bool)

	mu      sync.Mutex
	running int
	// moved is when a call last ended, or when the first of those that are running began.
	moved time.Time
	// hung counts the calls in a row that hung. The breaker is open from tripAfter of them until one is answered.
	hung int
	// trialAt is when an open breaker admits a call on trial, and pause how long it waits for that.
	trialAt time.Time
	pause   time.Duration
	onTrial bool
}

// NewShare returns a share. Report, if not nil, is called when its breaker opens and when it closes.
func NewShare(now func() time.Time, report func(hangs bool)) *Share {
	if report == nil {
		report = func(bool) {}
	}
	return &Share{now: now, report: report}
}

// Enter admits a call, or returns a *BusyError. Leave must be called once when the call has ended.
func (s *Share) Enter() (leave func(End), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	trial := s.hung >= tripAfter
	if busy := s.busy(now, trial); busy != nil {
		return nil, busy
	}
	if s.running == 0 {
		s.moved = now
	}
	s.running++
	s.onTrial = s.onTrial || trial
	return func(end End) { s.leave(now, end, trial) }, nil
}

// busy returns why no call is admitted, or nil.
func (s *Share) busy(now time.Time, trial bool) *BusyError {
	switch {
	case trial && s.onTrial:
		return &BusyError{Until: now.Add(max(s.pause, minPause)), Hangs: true}
	case trial && now.Before(s.trialAt):
		return &BusyError{Until: s.trialAt, Hangs: true}
	case !trial && s.running >= stuckCalls && now.Sub(s.moved) >= stuckAfter:
		return &BusyError{Until: now.Add(stuckAfter), Hangs: true}
	case s.running >= Size:
		return &BusyError{Until: now.Add(retryFull)}
	}
	return nil
}

// leave ends a call. It reports after unlocking, because a report may be slow.
func (s *Share) leave(began time.Time, end End, trial bool) {
	if changed, hangs := s.end(began, end, trial); changed {
		s.report(hangs)
	}
}

func (s *Share) end(began time.Time, end End, trial bool) (changed, hangs bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.running--
	s.moved = now
	if trial {
		s.onTrial = false
	}
	open := s.hung >= tripAfter
	switch {
	case end == Abandoned:
	case end == Unanswered && now.Sub(began) >= slow:
		s.hung++
		if s.hung >= tripAfter && (trial || !open) {
			s.pause = min(max(2*s.pause, minPause), maxPause)
			s.trialAt = now.Add(s.pause)
		}
	default:
		s.hung, s.pause = 0, 0
	}
	hangs = s.hung >= tripAfter
	return hangs != open, hangs
}
