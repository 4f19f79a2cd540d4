package simulation

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// The acts that concern organizations, devices, companies and assets.
const (
	importStarts    = "an operator starts an import"
	orgRenamed      = "an organization is renamed in NinjaOne"
	deviceRenamed   = "a device is renamed in NinjaOne"
	companyRenamed  = "a person renames a company"
	commentsEdited  = "a person edits a company's comments"
	assetRenamed    = "a person renames an asset"
	companyAdded    = "a person adds a company of an organization's name"
	assetAdded      = "a person adds an asset of a device's name"
	ninjaOneIsDown  = "NinjaOne goes down"
	acceloIsDown    = "Accelo goes down"
	closesByMistake = "a technician closes a request by mistake"
	faultStorms     = "a fault fires three times"
)

var onRecords = []string{
	importStarts, importStarts, orgRenamed, orgRenamed, deviceRenamed, deviceRenamed, companyRenamed, commentsEdited, assetRenamed, companyAdded, companyAdded, assetAdded,
}

// edits are what people do to records in Accelo.
var edits = []string{companyRenamed, commentsEdited, assetRenamed, companyAdded, assetAdded}

// changeRecords lets someone change a record, and remembers what people wrote.
func (l *life) changeRecords(a act) string {
	world, ninja := l.accelo.Snapshot(), l.ninjaOne.Snapshot()
	text := fmt.Sprintf("%d", a.choice%1000)
	organization := choose(a.choice, ninja.Organizations)
	device := choose(a.choice, ninja.Devices)
	company, asset := choose(a.choice, l.companiesToWrite(world)), choose(a.choice, l.assetsToWrite(world))
	switch a.name {
	case importStarts:
		if _, err := l.launcher.FullImport(l.background(), connection, false); err != nil {
			return a.name + ", but one is running"
		}
		l.people.paused = time.Time{} // the one that was paused has ended, or this one would not have started
		return a.name
	case orgRenamed:
		return l.done(l.ninjaOne.RenameOrganization(organization.ID, l.rename(organization.Name, text)), "organization %d is renamed in NinjaOne", organization.ID)
	case orgDescribed:
		return l.done(l.ninjaOne.UpdateOrganization(organization.ID, func(o *ninjaone.Organization) { o.Description = l.describe(int(a.choice%1000) + 2) }),
			"organization %d is described anew in NinjaOne", organization.ID)
	case deviceRenamed:
		return l.done(l.ninjaOne.UpdateDevice(device.ID, func(d *ninjaone.Device) { d.SystemName += "-" + text }), "device %d is renamed in NinjaOne", device.ID)
	case companyAdded:
		if l.hasCompany(organization.Name) {
			return ""
		}
		return l.addCompany(organization.Name)
	case assetAdded:
		owner := l.companyOf(device.OrganizationID)
		if owner == 0 || l.hasAsset(owner, device.SystemName) {
			return ""
		}
		return l.addAsset(owner, device.SystemName)
	case companyRenamed:
		if company.ID == 0 {
			return ""
		}
		name := strings.TrimSpace(company.Name) + " Inc " + text
		l.people.unmade("company " + plain(company.Name))
		l.people.wrote("company", company.ID, "name", name)
		return l.done(l.accelo.RenameCompany(company.ID, name), "a person renames company %d", company.ID)
	case commentsEdited:
		if company.ID == 0 {
			return ""
		}
		l.people.wrote("company", company.ID, "comments", "call first "+text)
		return l.done(l.accelo.EditCompanyComments(company.ID, "call first "+text), "a person edits the comments of company %d", company.ID)
	case assetRenamed:
		if asset.ID == 0 {
			return ""
		}
		l.people.wrote("asset", asset.ID, "title", "front desk "+text)
		l.people.unmade(fmt.Sprintf("asset %d %s", asset.AgainstID, plain(asset.Title)))
		return l.done(l.accelo.RenameAsset(asset.ID, "front desk "+text), "a person renames asset %d", asset.ID)
	}
	return ""
}

func (l *life) addCompany(name string) string {
	added, err := l.accelo.AddCompany(name, "")
	if err != nil {
		return ""
	}
	l.people.made("company " + plain(name))
	l.people.added[added.ID] = true
	return fmt.Sprintf("a person adds company %d, %q", added.ID, name)
}

func (l *life) addAsset(company int64, title string) string {
	added, err := l.accelo.AddAsset("NinjaOne Device", company, title, nil)
	if err != nil {
		return ""
	}
	l.people.made(fmt.Sprintf("asset %d %s", company, plain(title)))
	return fmt.Sprintf("a person adds asset %d, %q", added.ID, title)
}

func (l *life) done(err error, format string, values ...any) string {
	if err != nil {
		return ""
	}
	return fmt.Sprintf(format, values...)
}

// choose returns one of some records, the zero value if there are none.
func choose[T any](choice uint64, from []T) (chosen T) {
	if len(from) == 0 {
		return chosen
	}
	return from[choice/13%uint64(len(from))]
}

// companiesToWrite returns the companies that an import would change now, or all if there are none: people work on those, too.
func (l *life) companiesToWrite(world accelo.World) []accelo.Company {
	organizations := l.ninjaOne.Snapshot().Organizations
	differ := slices.DeleteFunc(slices.Clone(world.Companies), func(c accelo.Company) bool {
		return slices.ContainsFunc(organizations, func(o ninjaone.Organization) bool {
			return plain(o.Name) == plain(c.Name) && firstLine(o.Description) == firstLine(c.Comments)
		})
	})
	if len(differ) == 0 {
		return world.Companies
	}
	return differ
}

// assetsToWrite returns the assets that an import would rename now, or all if there are none.
func (l *life) assetsToWrite(world accelo.World) []accelo.Asset {
	devices := l.ninjaOne.Snapshot().Devices
	differ := slices.DeleteFunc(slices.Clone(world.Assets), func(asset accelo.Asset) bool {
		return slices.ContainsFunc(devices, func(d ninjaone.Device) bool { return plain(d.SystemName) == plain(asset.Title) })
	})
	if len(differ) == 0 {
		return world.Assets
	}
	return differ
}

func (l *life) hasCompany(name string) bool {
	for _, company := range l.accelo.Snapshot().Companies {
		if plain(company.Name) == plain(name) {
			return true
		}
	}
	return false
}

func (l *life) hasAsset(company int64, title string) bool {
	for _, asset := range l.accelo.Snapshot().Assets {
		if asset.AgainstID == company && plain(asset.Title) == plain(title) {
			return true
		}
	}
	return false
}

// companyOf returns the company with the name of an organization, 0 if there is none.
func (l *life) companyOf(organization int) int64 {
	for _, o := range l.ninjaOne.Snapshot().Organizations {
		for _, company := range l.accelo.Snapshot().Companies {
			if o.ID == organization && plain(company.Name) == plain(o.Name) {
				return company.ID
			}
		}
	}
	return 0
}

// making is when a person made a record: by the ledger's clock and by the life's.
type making struct {
	at   int
	time time.Time
}

// wrote remembers a value that a person wrote.
func (g *ledger) wrote(kind string, id int64, field, value string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.edited[fmt.Sprintf("%s %d %s", kind, id, field)] = edit{value: value, at: g.clock + 1, time: time.Now()}
}

// made remembers a record that a person made.
func (g *ledger) made(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.created[name] = making{g.clock + 1, time.Now()}
}

// unmade forgets a record that a person made and someone gave another name: nothing of that name is there to be found.
func (g *ledger) unmade(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.created, name)
}

var recordPath = regexp.MustCompile(`/(companies|assets)(?:/(\d+))?$`)

// observeRecord checks a write of a company or an asset. What a person did since the writer's last call, it could not know.
func (l *life) observeRecord(who *actor, request *http.Request, form url.Values) {
	path := recordPath.FindStringSubmatch(request.URL.Path)
	if path == nil || who == nil {
		return
	}
	kind := map[string]string{"companies": "company", "assets": "asset"}[path[1]]
	l.people.mu.Lock()
	defer l.people.mu.Unlock()
	switch request.Method {
	case http.MethodPut:
		for field := range form {
			key := fmt.Sprintf("%s %s %s", kind, path[2], field)
			written, ok := l.people.edited[key]
			if !ok || plain(form.Get(field)) == plain(written.value) {
				continue
			}
			if shown := time.Since(written.time) > time.Duration(l.plan.accelo.StaleReadMillis)*time.Millisecond; shown && written.at <= who.lastCall {
				l.problemf("overwritten: the %s of %s that a person had written was replaced by us", field, kind)
			}
			delete(l.people.edited, key) // the writer could not know it yet; now it is gone
		}
	case http.MethodPost:
		name := "company " + plain(form.Get("name"))
		if kind == "company" {
			l.observeRecreation(form)
		}
		if kind == "asset" {
			name = fmt.Sprintf("asset %s %s", form.Get("against_id"), plain(form.Get("title")))
		}
		// What a listing shows may be a minute old: an import that searched before each create would take twice the calls.
		if made, ok := l.people.created[name]; ok && made.at <= who.lastCall && time.Since(made.time) > time.Minute {
			l.problemf("twice: we created the %s that a person had created", kind)
		}
	}
}

// judgeRecords checks that nothing of ours is there twice.
func (l *life) judgeRecords() {
	world, seen := l.accelo.Snapshot(), map[string]int{}
	for _, company := range world.Companies {
		seen["company "+plain(company.Name)]++
	}
	for _, asset := range world.Assets {
		seen[fmt.Sprintf("asset %d %s", asset.AgainstID, plain(asset.Title))]++
	}
	for name, times := range seen {
		_, byPerson := l.people.created[name]
		if times > 1 && !byPerson {
			kind, _, _ := strings.Cut(name, " ")
			l.problemf("twice: we created the same %s two times", kind)
		}
	}
}

// isDown reports whether a vendor is unreachable now.
func (l *life) isDown(vendor string) bool { return !l.calm && time.Now().Before(l.down[vendor]) }
