package ninjaone

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"ninjaone-accelo/internal/simulator/lab"
)

// seeder creates the initial data, which depends only on the seed and the start time.
type seeder struct {
	*Simulator
	random *rand.Rand
	uids   *rand.ChaCha8
	start  time.Time
	// hosts and servers map organizations to their first virtualization host and first server.
	hosts, servers map[int]int
}

// seed creates the data that the options ask for.
func (s *Simulator) seed() {
	var key [32]byte
	copy(key[:], fmt.Sprintf("ninjaone %d", s.options.Seed))
	g := &seeder{
		Simulator: s,
		random:    rand.New(rand.NewPCG(uint64(s.options.Seed), 0xfeed)), // reproducible, not for secrets
		uids:      rand.NewChaCha8(key),
		start:     s.now(),
		hosts:     map[int]int{}, servers: map[int]int{},
	}
	// Activity IDs continue to grow across restarts, so that stored cursors stay valid.
	s.world.lastActivityID = max(177_000, (g.start.Unix()-1_735_689_600)*16)
	s.world.lastOrganizationID, s.world.lastLocationID = 1, 1
	g.policiesAndRoles()
	for i := range s.options.Organizations {
		g.organization(i)
	}
	if len(s.world.organizations) > 0 {
		g.devices()
		g.history(min(200, s.options.Devices))
		g.alerts(s.options.ActiveAlerts)
	}
}

func (g *seeder) uid() string {
	// Reading from ChaCha8 never fails.
	return uuid.Must(uuid.NewRandomFromReader(g.uids)).String()
}

// policiesAndRoles creates a policy and a built-in role for every node class, and custom ones for common classes.
func (g *seeder) policiesAndRoles() {
	created := g.start.AddDate(-2, 0, 0)
	for i, class := range nodeClasses {
		g.world.policies = append(g.world.policies, Policy{
			ID: 20 + i, Name: titleCase(class) + " Policy", NodeClass: class, Updated: created, Default: true,
		})
		g.world.roles = append(g.world.roles, Role{ID: 1 + i, Name: class, NodeClass: class, Chassis: "UNKNOWN", Created: created})
	}
	for i, name := range []string{"Servers (critical), 24/7", "Poste de travail – Siège", "<i>Kiosk</i> & Point of Sale", "Linux – hardened"} {
		class := []string{"WINDOWS_SERVER", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "LINUX_SERVER"}[i]
		g.world.policies = append(g.world.policies, Policy{
			ID: 240 + i, ParentID: 20 + slices.Index(nodeClasses, class), Name: name,
			NodeClass: class, Updated: created,
		})
	}
	for i, name := range []string{"Domain Controller", "Laptop", "Kiosk (front desk)"} {
		class := []string{"WINDOWS_SERVER", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION"}[i]
		chassis := []string{"DESKTOP", "LAPTOP", "DESKTOP"}[i]
		g.world.roles = append(g.world.roles, Role{ID: 1001 + i, Name: name, NodeClass: class, Custom: true, Chassis: chassis, Created: created})
	}
	for i := range 3 {
		first, last := lab.PersonName(g.options.Seed, 900_000+i)
		g.world.users = append(g.world.users, User{
			ID: 31 + i, UID: g.uid(), FirstName: first, LastName: last,
			Email:         []string{AdministratorEmail, TechnicianEmail, lab.UserName(g.options.Seed, 900_000+i) + "@msp.example"}[i],
			Administrator: i != 1,
		})
	}
}

// rolePolicies returns the mapping of roles to policies for a new organization.
func (w *world) rolePolicies() map[int]int {
	mapping := make(map[int]int, len(w.roles))
	for _, role := range w.roles {
		for _, policy := range w.policies {
			if policy.NodeClass == role.NodeClass && policy.Default {
				mapping[role.ID] = policy.ID
			}
		}
	}
	return mapping
}

// teamViewerTargets returns the usual node classes for TeamViewer.
func teamViewerTargets() []string { return []string{"WINDOWS_SERVER", "WINDOWS_WORKSTATION", "MAC"} }

// organization creates the i-th organization. Every third one has TeamViewer.
func (g *seeder) organization(i int) {
	w := &g.world
	w.lastOrganizationID += 1 + g.random.IntN(4)
	organization := &Organization{
		ID: w.lastOrganizationID, Name: lab.OrganizationName(g.options.Seed, i),
		NodeApprovalMode: []string{"AUTOMATIC", "AUTOMATIC", "AUTOMATIC", "MANUAL", "REJECT"}[g.random.IntN(5)],
		RolePolicies:     w.rolePolicies(), TeamViewer: i%3 == 0,
	}
	if i%4 == 1 {
		organization.Description = fmt.Sprintf("Client since %d – billed monthly & \"by the hour\"", 2010+i%14)
	}
	if organization.TeamViewer {
		organization.TeamViewerTargets = teamViewerTargets()
	}
	for site := range 1 + g.random.IntN(3) {
		w.lastLocationID++
		organization.Locations = append(organization.Locations, Location{
			ID: w.lastLocationID, Name: []string{"Main Office", "Warehouse", "Filiale Zürich"}[site],
			Address: fmt.Sprintf("%d Example St", 1+g.random.IntN(200)),
		})
	}
	w.organizations = append(w.organizations, organization)
}

// history fills the activity log with entries older than every alert.
func (g *seeder) history(count int) {
	for i := range count {
		device := g.world.devices[g.random.IntN(len(g.world.devices))]
		kinds := [][2]string{
			{"SYSTEM", "NODE_UPDATED"},
			{"MONITOR", "USER_LOGGED_IN"},
			{"ACTIONSET", "COMPLETED"},
			{"MONITOR", "SOFTWARE_ADDED"},
			{"PATCH_MANAGEMENT", "PATCH_MANAGEMENT_SCAN_COMPLETED"},
		}
		kind := kinds[g.random.IntN(len(kinds))]
		g.append(Activity{
			Time: g.start.Add(-24*time.Hour + time.Duration(i)*time.Minute), DeviceID: device.ID, OrganizationID: device.OrganizationID,
			Type: kind[0], StatusCode: kind[1], Message: titleCase(kind[1]),
		})
	}
}

// alerts triggers the initially active alerts, spread over the last hour.
func (g *seeder) alerts(count int) {
	var candidates []*Device
	for _, device := range g.world.devices {
		if device.ApprovalStatus == approved {
			candidates = append(candidates, device)
		}
	}
	for i := range min(count, 100*len(candidates)) {
		device := candidates[g.random.IntN(len(candidates))]
		at := g.start.Add(-time.Hour + time.Duration(i)*time.Hour/time.Duration(count)).Truncate(time.Microsecond)
		g.trigger(device, AlertSpec{}, g.uid(), at)
	}
}
