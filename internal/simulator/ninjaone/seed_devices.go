package ninjaone

import (
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// shares distributes the devices: most organizations are small, a few are large, and every tenth has none.
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

// devices creates the devices of all organizations in random order, with hidden devices among them.
func (g *seeder) devices() {
	type slot struct {
		owner  *Organization
		status string
	}
	var slots []slot
	for i, count := range g.shares() {
		for range count {
			slots = append(slots, slot{g.world.organizations[i], approved})
		}
	}
	if visible := len(slots); visible >= 20 {
		for range max(1, visible/50) {
			slots = append(slots, slot{slots[g.random.IntN(visible)].owner, pending})
		}
		for range max(1, visible/100) {
			slots = append(slots, slot{slots[g.random.IntN(visible)].owner, decommissioned})
		}
	}
	g.random.Shuffle(len(slots), func(i, j int) { slots[i], slots[j] = slots[j], slots[i] })
	for _, next := range slots {
		g.device(next.owner, g.class(), next.status)
	}
}

// class chooses a node class. Most are common ones; every sixth device takes the next of all classes.
func (g *seeder) class() string {
	if at := g.world.devicesCreated; at%6 == 5 {
		return nodeClasses[at/6%len(nodeClasses)]
	}
	common := []string{
		"WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION", "WINDOWS_WORKSTATION",
		"WINDOWS_SERVER", "WINDOWS_SERVER", "MAC", "LINUX_SERVER", "NMS_SWITCH",
	}
	return common[g.random.IntN(len(common))]
}

// device creates one device. Some have a parent, a display name, their own policy or a custom role.
func (g *seeder) device(owner *Organization, class, status string) {
	age := time.Duration(g.random.IntN(700*24)) * time.Hour
	device := g.newDevice(owner, class, g.start.Add(-age).Add(time.Duration(g.random.IntN(1e6))*time.Microsecond))
	device.UID, device.ApprovalStatus = g.uid(), status
	at := g.world.devicesCreated
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
		// Names aren't unique across organizations: every client of an MSP has a DC01.
		g.servers[owner.ID] = device.ID
		setNames(device, owner, "DC01")
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

// displayName returns a name as a user would type it.
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
