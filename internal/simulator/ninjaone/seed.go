package ninjaone

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"ninjaone-accelo/internal/simulator/lab"
)

// seeder builds the first world. Everything it makes depends on the seed and the clock at the start alone.
type seeder struct {
	*Simulator
	random *rand.Rand
	uids   *rand.ChaCha8
	start  time.Time
	// hosts and servers are the first virtualization host and the first server of each organization.
	hosts, servers map[int]int
}

// seed builds the world that the options ask for.
func (s *Simulator) seed() {
	var key [32]byte
	copy(key[:], fmt.Sprintf("ninjaone %d", s.options.Seed))
	g := &seeder{
		Simulator: s,
		random:    rand.New(rand.NewPCG(uint64(s.options.Seed), 0xfeed)), // reproducible worlds, no secrets
		uids:      rand.NewChaCha8(key),
		start:     s.now(),
		hosts:     map[int]int{}, servers: map[int]int{},
	}
	// Ids of a tenant that is restarted go on above those of its former life, so that stored cursors stay meaningful.
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
	// A ChaCha8 stream never fails.
	return uuid.Must(uuid.NewRandomFromReader(g.uids)).String()
}

// policiesAndRoles gives every class a policy and a built-in role, and the common classes custom roles and policies.
func (g *seeder) policiesAndRoles() {
	created := g.start.AddDate(-2, 0, 0)
	for i, class := range nodeClasses {
		g.world.policies = append(g.world.policies, Policy{
			ID: 20 + i, Name: words(class) + " Policy", NodeClass: class, Updated: created, Default: true,
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
			Email: lab.UserName(g.options.Seed, 900_000+i) + "@msp.example",
		})
	}
}

// rolePolicies is the mapping of roles to policies that a new organization gets.
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

// teamViewerTargets is what the targets of TeamViewer usually are.
func teamViewerTargets() []string { return []string{"WINDOWS_SERVER", "WINDOWS_WORKSTATION", "MAC"} }

// organization makes the i-th organization; about every third has TeamViewer.
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
	for place := range 1 + g.random.IntN(3) {
		w.lastLocationID++
		organization.Locations = append(organization.Locations, Location{
			ID: w.lastLocationID, Name: []string{"Main Office", "Warehouse", "Filiale Zürich"}[place],
			Address: fmt.Sprintf("%d Example St", 1+g.random.IntN(200)),
		})
	}
	w.organizations = append(w.organizations, organization)
}

// shares divides the devices among the organizations: many small ones, a few large ones, every tenth none.
func (g *seeder) shares() []int {
	organizations := len(g.world.organizations)
	weights, sum := make([]float64, organizations), 0.0
	for i := range weights {
		if i%10 == 9 {
			continue
		}
		weights[i] = 0.2 + g.random.ExpFloat64()*g.random.ExpFloat64()
		sum += weights[i]
	}
	counts, left := make([]int, organizations), g.options.Devices
	for i := range counts {
		counts[i] = int(float64(g.options.Devices) * weights[i] / sum)
		left -= counts[i]
	}
	for i := 0; left > 0; i = (i + 1) % organizations {
		if weights[i] > 0 {
			counts[i]++
			left--
		}
	}
	return counts
}

// devices fills the organizations, interleaved as in a tenant that has grown, with hidden devices in between.
func (g *seeder) devices() {
	type place struct {
		owner  *Organization
		status string
	}
	var places []place
	for i, count := range g.shares() {
		for range count {
			places = append(places, place{g.world.organizations[i], approved})
		}
	}
	if visible := len(places); visible >= 20 {
		for range max(1, visible/50) {
			places = append(places, place{places[g.random.IntN(visible)].owner, pending})
		}
		for range max(1, visible/100) {
			places = append(places, place{places[g.random.IntN(visible)].owner, decommissioned})
		}
	}
	g.random.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	for _, p := range places {
		g.device(p.owner, g.class(), p.status)
	}
}

// class draws a node class: mostly common ones, but every sixth device goes through all of them in turn.
func (g *seeder) class() string {
	if at := g.world.made; at%6 == 5 {
		return nodeClasses[at/6%len(nodeClasses)]
	}
	common := []string{
		"WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION",
		"WINDOWS_SERVER", "WINDOWS_SERVER", "MAC", "LINUX_SERVER", "NMS_SWITCH",
	}
	return common[g.random.IntN(len(common))]
}

// device makes one device; now and then with a parent, a name given by a person, a policy of its own or a custom role.
func (g *seeder) device(owner *Organization, class, status string) {
	age := time.Duration(g.random.IntN(700*24)) * time.Hour
	device := g.newDevice(owner, class, g.start.Add(-age).Add(time.Duration(g.random.IntN(1e6))*time.Microsecond))
	device.UID, device.ApprovalStatus = g.uid(), status
	at := g.world.made
	device.Offline = at%13 == 3
	device.LastContact = g.start.Add(-time.Duration(g.random.IntN(3600_000)) * time.Millisecond)
	if device.Offline {
		device.LastContact = g.start.Add(-time.Duration(24+g.random.IntN(900)) * time.Hour)
	}
	device.LastUpdate = device.LastContact.Add(-time.Duration(g.random.IntN(600)) * time.Second)
	switch {
	case at%4 == 0:
		device.DisplayName = displayName(at / 4)
	case at%9 == 1 && class == "WINDOWS_WORKSTATION":
		device.PolicyID, device.RoleID = 241+at%2, 1002
	}
	if g.hosts[owner.ID] == 0 && class == "VMWARE_VM_HOST" {
		g.hosts[owner.ID] = device.ID
	}
	if g.servers[owner.ID] == 0 && class == "WINDOWS_SERVER" {
		// Every client of an MSP has a DC01: names are not unique across organizations.
		g.servers[owner.ID] = device.ID
		g.name(device, owner, "DC01")
	}
	if class == "VMWARE_VM_GUEST" {
		device.ParentDeviceID = g.hosts[owner.ID]
	}
	if kindOf(class) == agentKind && at%5 != 4 {
		device.LastUser = domainOf(owner) + `\` + lab.UserName(g.options.Seed, at)
		device.LastLogon = device.LastContact.Add(-time.Duration(g.random.IntN(8*3600)) * time.Second)
	}
	if owner.TeamViewer && slices.Contains(owner.TeamViewerTargets, class) {
		device.CustomFields = map[string]any{"teamviewerId": fmt.Sprintf("%d", 100_000_000+device.ID*7919)}
	}
}

// displayName is a name as a person would type it.
func displayName(i int) string {
	names := []string{
		"Reception PC", "Büro Müller", "Boss' laptop (do not touch!)", "<script>alert('pc')</script>", "Server, main", "🖨️ Printer 2nd floor",
		"Kassa  1 ", "Ordinateur d'Élodie",
	}
	if i == 11 {
		return fmt.Sprintf("%0300d", i)
	}
	return fmt.Sprintf("%s %d", names[i%len(names)], i)
}

// history gives the activity log a past, older than every alert.
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
			Type: kind[0], StatusCode: kind[1], Message: words(kind[1]),
		})
	}
}

// alerts triggers the alerts that are active at the start, over the last hour.
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
