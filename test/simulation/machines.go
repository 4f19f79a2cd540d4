package simulation

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	shown "ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// The acts that concern machines.
const (
	machineReinstalled = "a machine is reinstalled under another name"
	deviceDeleted      = "a device is deleted in NinjaOne"
	assetDeleted       = "a person deletes the asset of a device"
)

var onMachines = []string{machineReinstalled, machineReinstalled, assetDeleted, deviceDeleted}

// recordActs are the acts of a life that concern records.
func (p plan) recordActs() []string {
	list := slices.Clone(onRecords)
	if p.texts {
		list = append(list, orgDescribed, orgDescribed, orgDescribed)
	}
	if p.machines {
		list = append(list, slices.Concat(onMachines, onMachines)...)
	}
	if p.moves {
		list = append(list, accountsChange, accountsChange, accountsChange)
	}
	if p.operators {
		list = append(list, slices.Concat(onOperators, onOperators)...)
	}
	return list
}

// machine is a reinstalled one.
type machine struct {
	device           int // its new one
	before, after    string
	identified, seen bool
}

// placeholders are serial numbers that identify no machine.
var placeholders = []string{"SystemSerialNumb", "To be filled by O.E.M", "MB-1234567890", "Not Present", "Default string", "0000-0000"}

// equip gives a device what only some records show. In lives with machines, the first one of an organization has a serial number that only
// the firmware knows, and the second one a placeholder.
func (l *life) equip(d *ninjaone.Device, number int) {
	d.LastUser = fmt.Sprintf(`CORP\user%d`, d.ID)
	switch {
	case !l.plan.machines:
	case number == 0:
		d.SerialNumber, d.BIOSSerialNumber = "None", fmt.Sprintf("VMware-56 4d 1a %02x", 160+d.ID)
	default:
		d.SerialNumber, d.BIOSSerialNumber = pick(l.seed, "placeholder", placeholders...), ""
	}
}

// changeMachines lets something happen to a device.
func (l *life) changeMachines(a act) string {
	devices := l.ninjaOne.Snapshot().Devices
	device := choose(a.choice, devices)
	switch a.name {
	case machineReinstalled:
		return l.reinstall(device)
	case assetDeleted:
		at := slices.IndexFunc(l.accelo.Snapshot().Assets, func(asset accelo.Asset) bool { return plain(asset.Title) == plain(device.SystemName) })
		if at < 0 {
			return ""
		}
		l.people.bereft[device.ID] = true
		asset := l.accelo.Snapshot().Assets[at]
		return l.done(l.accelo.DeleteAsset(asset.ID), "a person deletes asset %d of device %d", asset.ID, device.ID)
	case deviceDeleted:
		if at := slices.IndexFunc(devices, func(d ninjaone.Device) bool { return l.people.bereft[d.ID] }); at >= 0 {
			device = devices[at]
		}
		if len(devices) < 3 {
			return ""
		}
		l.clearAlertsOf(device.ID)
		return l.done(l.ninjaOne.DeleteDevice(device.ID), "device %d is deleted in NinjaOne", device.ID)
	}
	return ""
}

// clearAlertsOf notes that alerts end with their device.
func (l *life) clearAlertsOf(device int) {
	for _, f := range l.people.fired {
		if f.device == device && f.cleared.IsZero() {
			f.cleared = time.Now()
		}
	}
}

func (l *life) reinstall(device ninjaone.Device) string {
	if device.ID == 0 || strings.Contains(device.SystemName, "-R") {
		return ""
	}
	m := machine{
		before: device.SystemName, after: fmt.Sprintf("%s-R%d", device.SystemName, device.ID),
		identified: device.SerialNumber == "None",
	}
	m.seen = l.plan.imported && l.hasAsset(l.companyOf(device.OrganizationID), device.SystemName)
	l.clearAlertsOf(device.ID)
	again, err := l.ninjaOne.ReimageDevice(device.ID, false)
	if err == nil {
		err = l.ninjaOne.UpdateDevice(again, func(d *ninjaone.Device) { d.SystemName, d.LastUser = m.after, device.LastUser })
	}
	m.device = again
	l.people.machines = append(l.people.machines, m)
	return l.done(err, "device %d is reinstalled as device %d, %s", device.ID, again, m.after)
}

// judgeMachines checks that a reinstalled machine keeps its asset, and that one without a real serial number takes over nobody's. It looks
// only at what no person interfered with.
func (l *life) judgeMachines() {
	world := l.accelo.Snapshot()
	for _, m := range l.people.machines {
		if !m.seen || !l.hasDevice(m.device) || len(l.people.bereft) > 0 || l.people.changedAssets() || len(world.Merged) > 0 {
			continue
		}
		times, after := 0, plain(l.deviceName(m.device)) // it may have been renamed since
		for _, asset := range world.Assets {
			if title := plain(asset.Title); title == plain(m.before) || title == after {
				times++
			}
		}
		switch {
		case m.identified && times > 1:
			l.problemf("twice: a reinstalled machine has two assets")
		case times == 0, !m.identified && times < 2:
			l.problemf("lost: a machine took over the asset of another one")
		}
	}
}

// changedAssets reports whether a person renamed or added assets.
func (g *ledger) changedAssets() bool {
	for key := range g.edited {
		if strings.HasPrefix(key, "asset ") {
			return true
		}
	}
	for key := range g.created {
		if strings.HasPrefix(key, "asset ") {
			return true
		}
	}
	return false
}

// judgeFailures checks that nobody is told to mend what NinjaOne no longer has.
func (l *life) judgeFailures() {
	l.scheduler.quiet = true
	defer func() { l.scheduler.quiet = false }()
	report, err := shown.Read(l.background(), l.store, connection)
	if err != nil {
		l.problemf("read the status: %v", err)
		return
	}
	for _, failure := range report.Connections[0].Failures {
		if id, _ := strconv.Atoi(failure.NinjaID); failure.Kind == store.Devices && !l.hasDevice(id) {
			l.problemf("wrong: a device is shown as failed that NinjaOne no longer has")
		}
	}
}

func (l *life) hasDevice(id int) bool {
	return slices.ContainsFunc(l.ninjaOne.Snapshot().Devices, func(d ninjaone.Device) bool { return d.ID == id })
}

func (l *life) deviceName(id int) string {
	for _, device := range l.ninjaOne.Snapshot().Devices {
		if device.ID == id {
			return device.SystemName
		}
	}
	return ""
}

var assetValuePath = regexp.MustCompile(`/assets/(\d+)/`)

// observeAssetValue checks that a write doesn't empty a custom field whose value NinjaOne knows. Every device has had a user.
func (l *life) observeAssetValue(request *http.Request, body []byte) {
	if request.Method != http.MethodPut {
		return
	}
	world := l.accelo.Snapshot()
	id := request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]
	for _, value := range world.CustomValues {
		at := slices.IndexFunc(world.CustomFields, func(f accelo.CustomField) bool { return f.ID == value.FieldID })
		if strconv.FormatInt(value.ID, 10) != id || at < 0 || world.CustomFields[at].Name != "last_logged_in_user" {
			continue
		}
		if !strings.Contains(string(body), "CORP") {
			l.problemf("overwritten: the last user of an asset was emptied by us, and NinjaOne knows the user")
		}
	}
}
