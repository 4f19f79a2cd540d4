package ninjaone

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"ninjaone-accelo/internal/simulator/lab"
)

// Simulator is one NinjaOne tenant. It is an http.Handler and safe for concurrent use. Close it.
type Simulator struct {
	// Lab holds faults, latency, call log and webhook queue.
	Lab *lab.Lab

	options Options
	handler http.Handler
	tokens  *tokens

	mu       sync.RWMutex
	switches Switches
	world    world
	cursors  map[string]*cursor
	// failures counts failed deliveries in a row.
	failures int
	// legacyLists are the times of the list calls of the legacy API.
	legacyLists []time.Time
}

// world is the state behind the simulator's lock. Slices are in ascending id.
type world struct {
	organizations []*Organization
	devices       []*Device
	policies      []Policy
	roles         []Role
	users         []User
	alerts        []*Alert
	activities    []Activity
	webhook       *Webhook
	disabled      bool

	lastOrganizationID, lastLocationID, lastDeviceID int
	lastActivityID                                   int64
	// made counts the devices ever made here, for host names.
	made int
}

// New makes a tenant with a world of its own.
func New(options Options) *Simulator {
	options = options.withDefaults()
	s := &Simulator{options: options, switches: options.Switches, cursors: map[string]*cursor{}}
	s.tokens = newTokens(options)
	s.seed()
	s.Lab = lab.New(lab.Options{
		Name:       "NinjaOne simulator",
		Seed:       options.Seed,
		Now:        options.Now,
		FaultReply: faultReply,
		FaultKinds: faultKinds(),
		Classify:   classify,
		Normalize:  normalizePath,
		Webhooks:   lab.DeliveryOptions{Retry: s.retryWebhook, OnResult: s.webhookResult},
		State:      func() any { return s.Snapshot() },
		Actions:    s.actions(),
		Tables:     s.tables(),
		Summary:    s.summary,
	})
	s.handler = s.Lab.Handler(s.routes())
	return s
}

// ServeHTTP serves the vendor's API, the administrative API and the console.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close stops webhook deliveries.
func (s *Simulator) Close() { s.Lab.Close() }

// RevokeTokens makes every access token issued so far invalid.
func (s *Simulator) RevokeTokens() { s.tokens.revokeAll() }

// Switches returns the current switches.
func (s *Simulator) Switches() Switches {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.switches
}

// SetSwitches replaces the switches.
func (s *Simulator) SetSwitches(switches Switches) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = switches
}

// Snapshot copies the whole world.
func (s *Simulator) Snapshot() World {
	s.mu.RLock()
	defer s.mu.RUnlock()
	copied := World{
		Organizations: make([]Organization, 0, len(s.world.organizations)),
		Devices:       make([]Device, 0, len(s.world.devices)),
		Alerts:        make([]Alert, 0, len(s.world.alerts)),
		Policies:      slices.Clone(s.world.policies), Roles: slices.Clone(s.world.roles), Users: slices.Clone(s.world.users),
		Activities: slices.Clone(s.world.activities), Webhook: s.world.webhook.clone(), WebhookDisabled: s.world.disabled,
	}
	for _, organization := range s.world.organizations {
		copied.Organizations = append(copied.Organizations, organization.clone())
	}
	for _, device := range s.world.devices {
		copied.Devices = append(copied.Devices, device.clone())
	}
	for _, alert := range s.world.alerts {
		copied.Alerts = append(copied.Alerts, *alert)
	}
	return copied
}

// now is the tenant's clock, in UTC and to the microsecond, as the vendor stores times.
func (s *Simulator) now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

func organizationID(o *Organization) int { return o.ID }
func deviceID(d *Device) int             { return d.ID }

// organization finds an organization, or returns nil.
func (w *world) organization(id int) *Organization { return find(w.organizations, id, organizationID) }

// device finds a device, or returns nil.
func (w *world) device(id int) *Device { return find(w.devices, id, deviceID) }

// alert finds an active alert and its place, or returns nil.
func (w *world) alert(uid string) (int, *Alert) {
	at := slices.IndexFunc(w.alerts, func(a *Alert) bool { return a.UID == uid })
	if at < 0 {
		return 0, nil
	}
	return at, w.alerts[at]
}

// policy finds a policy by id.
func (w *world) policy(id int) (Policy, bool) {
	at, found := slices.BinarySearchFunc(w.policies, id, func(p Policy, id int) int { return cmp.Compare(p.ID, id) })
	if !found {
		return Policy{}, false
	}
	return w.policies[at], true
}

// role finds a role by id.
func (w *world) role(id int) (Role, bool) {
	at, found := slices.BinarySearchFunc(w.roles, id, func(r Role, id int) int { return cmp.Compare(r.ID, id) })
	if !found {
		return Role{}, false
	}
	return w.roles[at], true
}

// find searches a slice of ascending ids.
func find[T any](list []*T, id int, idOf func(*T) int) *T {
	at, found := slices.BinarySearchFunc(list, id, func(item *T, id int) int { return cmp.Compare(idOf(item), id) })
	if !found {
		return nil
	}
	return list[at]
}

// after is the part of a slice of ascending ids that follows an id.
func after[T any](list []*T, id int, idOf func(*T) int) []*T {
	at, found := slices.BinarySearchFunc(list, id, func(item *T, id int) int { return cmp.Compare(idOf(item), id) })
	if found {
		at++
	}
	return list[at:]
}

// newUID is an identifier that never comes back, not even after a restart with the same seed.
func newUID() string { return uuid.NewString() }
