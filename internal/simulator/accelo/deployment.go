package accelo

import (
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// SetUserTitles renames a type of object for everyone, such as "company" to "Client" and "Clients".
func (s *Simulator) SetUserTitles(object, singular, plural string) error {
	return s.asPerson(func(v *view) error {
		if _, ok := v.world.titles[object]; !ok {
			return lab.NotFound("type of object", object)
		}
		v.world.titles[object] = Titles{Singular: singular, Plural: plural}
		return nil
	})
}

// SetMode changes how far the deployment goes beyond the documentation.
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

// RevokeTokens ends every token and returns how many there were.
func (s *Simulator) RevokeTokens() int { return s.gate.revokeAll() }

// Unlock forgets all failed logins and lock-outs.
func (s *Simulator) ClearLockouts() { s.gate.forgive() }

// SetRateLimit changes the limit and the length of the window, where they are not 0, and starts a new window.
func (s *Simulator) SetRateLimit(limit int, window time.Duration) { s.rate.change(limit, window) }

// SpendCalls uses up calls of the window, as the deployment's other integrations do.
func (s *Simulator) SpendCalls(calls int) { s.rate.spend(calls) }

// RateStatus tells how much of the window is used.
func (s *Simulator) RateStatus() RateStatus { return s.rate.status() }

// DeleteSubscription removes a webhook subscription, as Accelo does silently with a slow one.
func (s *Simulator) DeleteSubscription(id string) error {
	if !s.dropSubscription(id) {
		return lab.NotFound("subscription", id)
	}
	return nil
}
