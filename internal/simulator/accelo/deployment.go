package accelo

import (
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// SetUserTitles changes the deployment's name for a type of object, such as "company" to "Client" and "Clients".
func (s *Simulator) SetUserTitles(object, singular, plural string) error {
	return s.inUI(func(v *view) error {
		if _, ok := v.world.titles[object]; !ok {
			return lab.NotFound("type of object", object)
		}
		v.world.titles[object] = Titles{Singular: singular, Plural: plural}
		return nil
	})
}

// SetMode changes which undocumented calls the deployment accepts.
func (s *Simulator) SetMode(mode Mode) error {
	mode, err := ParseMode(string(mode))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = mode
	return nil
}

// SetSwitches replaces all switches.
func (s *Simulator) SetSwitches(switches Switches) error {
	if err := switches.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = switches
	return nil
}

// RevokeTokens revokes every access token and returns their number.
func (s *Simulator) RevokeTokens() int { return s.auth.access.Drop() }

// ClearLockouts clears all failed logins and lock-outs.
func (s *Simulator) ClearLockouts() { s.auth.clearFailures() }

// SetRateLimit changes the limit and the length of the window, unless they are 0, and starts a new window.
func (s *Simulator) SetRateLimit(limit int, window time.Duration) { s.rate.change(limit, window) }

// SpendCalls uses up calls of the window, as the deployment's other integrations do.
func (s *Simulator) SpendCalls(calls int) { s.rate.spend(calls) }

// RateStatus returns the state of the current window.
func (s *Simulator) RateStatus() RateStatus { return s.rate.status() }

// DeleteSubscription deletes a webhook subscription, as Accelo silently does if the subscriber is too slow.
func (s *Simulator) DeleteSubscription(id string) error {
	if !s.dropSubscription(id) {
		return lab.NotFound("subscription", id)
	}
	return nil
}
