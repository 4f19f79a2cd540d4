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

// Simulator is one NinjaOne tenant. It is an [http.Handler] and safe for concurrent use. Close it to stop its webhook
// deliveries.
type Simulator struct {
	// Lab holds the faults, the latency, the call log and the webhook queue.
	Lab *lab.Lab

	options Options
	handler http.Handler
	tokens  *tokens

	mu       sync.RWMutex
	switches Switches
	world    world
	cursors  map[string]*cursor
	// failures counts consecutive failed deliveries.
	failures int
	// frozenAlerts are the alerts that a fault keeps listing, and frozenBy is the fault's ID.
	frozenAlerts []alertJSON
	frozenBy     string
	// legacyLists are the times of recent list calls to the legacy API.
	legacyLists []time.Time
}

// world is the tenant's data, guarded by the simulator's lock. Slices are sorted by ID.
type world struct {
	organizations []*Organization
	devices       []*Device
	policies      []Policy
	roles         []Role
	users         []User
	apps          []App
	alerts        []*Alert
	activities    []Activity
	webhook       *Webhook
	// webhookDisabled is set after too many failed deliveries.
	webhookDisabled bool

	lastOrganizationID, lastLocationID, lastDeviceID int
	lastActivityID                                   int64
	// devicesCreated counts all devices ever created, for host names.
	devicesCreated int
}

// New creates a tenant and its initial data.
func New(options Options) *Simulator {
	options = options.withDefaults()
	s := &Simulator{options: options, switches: options.Switches, cursors: map[string]*cursor{}}
	s.tokens = newTokens(options)
	s.seed()
	s.world.apps = options.apps()
	s.Lab = lab.New(lab.Options{
		Name:       "NinjaOne simulator",
		Seed:       options.Seed,
		Now:        options.Now,
		FaultReply: faultReply,
		FaultKinds: faultKinds(),
		Classify:   classify,
		Normalize:  normalizePath,
		Webhooks:   lab.DeliveryOptions{Retry: s.retryWebhook, OnResult: s.webhookResult, Transport: options.Deliver},
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

// Close stops the webhook deliveries.
func (s *Simulator) Close() { s.Lab.Close() }

// RevokeTokens invalidates every access token issued so far.
func (s *Simulator) RevokeTokens() { s.tokens.access.Drop() }

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

// Snapshot returns a copy of all data.
func (s *Simulator) Snapshot() World {
	s.mu.RLock()
	defer s.mu.RUnlock()
	copied := World{
		Organizations: make([]Organization, 0, len(s.world.organizations)),
		Devices:       make([]Device, 0, len(s.world.devices)),
		Alerts:        make([]Alert, 0, len(s.world.alerts)),
		Policies:      slices.Clone(s.world.policies), Roles: slices.Clone(s.world.roles), Users: slices.Clone(s.world.users),
		Apps:       cloneApps(s.world.apps),
		Activities: slices.Clone(s.world.activities), Webhook: s.world.webhook.clone(), WebhookDisabled: s.world.webhookDisabled,
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

// now returns the tenant's time in UTC, truncated to microseconds as NinjaOne stores it.
func (s *Simulator) now() time.Time { return s.options.Now().UTC().Truncate(time.Microsecond) }

func organizationID(o *Organization) int { return o.ID }
func deviceID(d *Device) int             { return d.ID }

// organization returns an organization, or nil if it does not exist.
func (w *world) organization(id int) *Organization { return find(w.organizations, id, organizationID) }

// device returns a device, or nil if it does not exist.
func (w *world) device(id int) *Device { return find(w.devices, id, deviceID) }

// alert returns an active alert and its index, or nil if it does not exist.
func (w *world) alert(uid string) (int, *Alert) {
	at := slices.IndexFunc(w.alerts, func(a *Alert) bool { return a.UID == uid })
	if at < 0 {
		return 0, nil
	}
	return at, w.alerts[at]
}

// policy returns a policy and whether it exists.
func (w *world) policy(id int) (Policy, bool) {
	at, found := slices.BinarySearchFunc(w.policies, id, func(p Policy, id int) int { return cmp.Compare(p.ID, id) })
	if !found {
		return Policy{}, false
	}
	return w.policies[at], true
}

// role returns a role and whether it exists.
func (w *world) role(id int) (Role, bool) {
	at, found := slices.BinarySearchFunc(w.roles, id, func(r Role, id int) int { return cmp.Compare(r.ID, id) })
	if !found {
		return Role{}, false
	}
	return w.roles[at], true
}

// find returns the item with an ID from a slice sorted by ID, or nil.
func find[T any](list []*T, id int, idOf func(*T) int) *T {
	at, found := slices.BinarySearchFunc(list, id, func(item *T, id int) int { return cmp.Compare(idOf(item), id) })
	if !found {
		return nil
	}
	return list[at]
}

// after returns the items above an ID from a slice sorted by ID.
func after[T any](list []*T, id int, idOf func(*T) int) []*T {
	at, found := slices.BinarySearchFunc(list, id, func(item *T, id int) int { return cmp.Compare(idOf(item), id) })
	if found {
		at++
	}
	return list[at:]
}

// newUID returns a UID that is never reused, not even after a restart with the same seed.
func newUID() string { return uuid.NewString() }
