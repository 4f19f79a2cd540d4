package test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// maxName is how long names may be in Accelo, in characters: the conservative limit where none is documented.
const maxName = 255

// sameName is what names are compared by: trimmed, NFC, white space collapsed, case folded (interface section 5).
func sameName(name string) string {
	runes := []rune(clean(norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))))
	return strings.TrimSpace(string(runes[:min(len(runes), maxName)]))
}

func clean(text string) string { return strings.Join(strings.Fields(text), " ") }

// organizationName is the name by which an organization is known in Accelo, which takes none that is empty.
func organizationName(o ninjaone.Organization) string {
	if clean(o.Name) == "" {
		return "Organization " + strconv.Itoa(o.ID)
	}
	return o.Name
}

// deviceTitle is the title that a device's asset bears.
func deviceTitle(d ninjaone.Device) string {
	for _, name := range []string{d.SystemName, d.DisplayName, d.DNSName} {
		if clean(name) != "" {
			return name
		}
	}
	return "Device " + strconv.Itoa(d.ID)
}

// oracle compares both sides after an import.
type oracle struct {
	world  *world
	ninja  ninjaone.World
	before accelo.World
	accelo accelo.World
}

// compare checks that everything of NinjaOne is in Accelo exactly once and right, and that nothing else is.
func (w *world) compare() *oracle {
	w.t.Helper()
	o := &oracle{world: w, ninja: w.ninjaOne.state(), before: w.before, accelo: w.accelo.state()}
	o.companies()
	o.keptAsTheyWere()
	if o.accelo.Mode == accelo.ModeDocumented {
		require.Len(w.t, o.accelo.Assets, len(o.before.Assets), "a deployment as documented got assets")
		return o
	}
	o.assets()
	return o
}

// companies: every organization has exactly one company of its name, which has a primary contact; nothing is doubled.
func (o *oracle) companies() {
	t := o.world.t
	t.Helper()
	wanted := map[string]bool{}
	for _, organization := range o.ninja.Organizations {
		name := sameName(organizationName(organization))
		wanted[name] = true
		now := companiesNamed(o.accelo, name)
		require.Len(t, now, max(1, len(companiesNamed(o.before, name))), "companies named %q", organization.Name)
		require.NotZero(t, o.companyOf(organization).DefaultAffiliationID, "company %q has no primary contact", organization.Name)
		if len(companiesNamed(o.before, name)) == 0 {
			o.madeHere(organization, now[0])
		}
	}
	for _, company := range o.accelo.Companies {
		known := slices.ContainsFunc(o.before.Companies, func(c accelo.Company) bool { return c.ID == company.ID })
		require.True(t, known || wanted[sameName(company.Name)], "company %q belongs to no organization", company.Name)
	}
}

// madeHere: a new company has the organization's description, and one contact, named as the interface says.
func (o *oracle) madeHere(organization ninjaone.Organization, company accelo.Company) {
	t := o.world.t
	t.Helper()
	require.Equal(t, clean(organization.Description), clean(company.Comments))
	var people []accelo.Affiliation
	for _, affiliation := range o.accelo.Affiliations {
		if affiliation.CompanyID == company.ID {
			people = append(people, affiliation)
		}
	}
	require.Len(t, people, 1, "contacts of company %q", company.Name)
	require.Equal(t, company.DefaultAffiliationID, people[0].ID)
	at := slices.IndexFunc(o.accelo.Contacts, func(c accelo.Contact) bool { return c.ID == people[0].ContactID })
	require.GreaterOrEqual(t, at, 0)
	require.Equal(t, "NinjaOne", o.accelo.Contacts[at].Firstname)
	require.Equal(t, sameName(organizationName(organization)), sameName(o.accelo.Contacts[at].Surname))
}

// keptAsTheyWere: what was in Accelo before is as it was, but for a primary contact where there was none.
func (o *oracle) keptAsTheyWere() {
	t := o.world.t
	t.Helper()
	for _, before := range o.before.Companies {
		at := slices.IndexFunc(o.accelo.Companies, func(c accelo.Company) bool { return c.ID == before.ID })
		require.GreaterOrEqual(t, at, 0, "company %q is gone", before.Name)
		now := o.accelo.Companies[at]
		require.Equal(t, []string{before.Name, before.Comments, before.Standing}, []string{now.Name, now.Comments, now.Standing})
		if before.DefaultAffiliationID != 0 {
			require.Equal(t, before.DefaultAffiliationID, now.DefaultAffiliationID)
		}
	}
	for _, before := range o.before.Assets {
		require.Contains(t, o.accelo.Assets, before)
	}
	for _, before := range o.before.Contacts {
		require.Contains(t, o.accelo.Contacts, before)
	}
}

// companyOf is the company that an organization belongs to: the active one of its name, of these the lowest id.
func (o *oracle) companyOf(organization ninjaone.Organization) accelo.Company {
	named := companiesNamed(o.accelo, sameName(organizationName(organization)))
	require.NotEmpty(o.world.t, named, "no company named %q", organization.Name)
	return slices.MinFunc(named, func(a, b accelo.Company) int {
		if (a.Standing == "active") != (b.Standing == "active") {
			return map[bool]int{true: -1, false: 1}[a.Standing == "active"]
		}
		return int(a.ID - b.ID)
	})
}

func companiesNamed(world accelo.World, name string) []accelo.Company {
	var named []accelo.Company
	for _, company := range world.Companies {
		if sameName(company.Name) == name {
			named = append(named, company)
		}
	}
	return named
}

// assets: every approved device has exactly one asset, known by its page's address, with the right place, title and values.
func (o *oracle) assets() {
	t := o.world.t
	t.Helper()
	found := map[string]accelo.Asset{}
	for _, asset := range o.accelo.Assets {
		if asset.TypeID != o.assetType().ID {
			continue
		}
		page := o.accelo.FieldValues(asset.ID)["ninja_url"]
		require.NotContains(t, found, page, "two assets for one device: %d and %d", found[page].ID, asset.ID)
		found[page] = asset
	}
	for _, device := range o.ninja.Devices {
		page := o.devicePage(device)
		asset, present := found[page]
		delete(found, page)
		if device.ApprovalStatus != "APPROVED" {
			require.False(t, present, "%s device %d was imported", device.ApprovalStatus, device.ID)
			continue
		}
		require.True(t, present, "device %d has no asset", device.ID)
		company := o.companyOf(o.owner(device))
		require.Equal(t, []any{"company", company.ID, company.DefaultAffiliationID}, []any{asset.AgainstType, asset.AgainstID, asset.AffiliationID})
		require.Equal(t, sameName(deviceTitle(device)), sameName(asset.Title))
		require.Equal(t, o.values(device), withoutEmpty(o.accelo.FieldValues(asset.ID)), "device %d", device.ID)
	}
	require.Empty(t, slices.Collect(maps.Keys(found)), "assets of no device")
}

func (o *oracle) assetType() accelo.AssetType {
	named := slices.DeleteFunc(slices.Clone(o.accelo.AssetTypes), func(a accelo.AssetType) bool { return a.Title != assetType })
	require.Len(o.world.t, named, 1, "asset types named %q", assetType)
	return named[0]
}

func (o *oracle) owner(device ninjaone.Device) ninjaone.Organization {
	at := slices.IndexFunc(o.ninja.Organizations, func(n ninjaone.Organization) bool { return n.ID == device.OrganizationID })
	return o.ninja.Organizations[at]
}

func (o *oracle) devicePage(device ninjaone.Device) string {
	return fmt.Sprintf("%s/#/deviceDashboard/%d/overview", o.world.ninjaOne.url, device.ID)
}

// values are the ten custom fields of a device's asset, without those that are empty.
func (o *oracle) values(device ninjaone.Device) map[string]string {
	owner := o.owner(device)
	remote := ""
	if owner.TeamViewer && slices.Contains(owner.TeamViewerTargets, device.NodeClass) {
		remote = o.devicePage(device)
	}
	return withoutEmpty(map[string]string{
		"display_name":                device.DisplayName,
		"dns_name":                    device.DNSName,
		"last_logged_in_user":         device.LastUser,
		"last_online":                 unix(device.LastContact),
		"last_update":                 unix(device.LastUpdate),
		"ninja_url":                   o.devicePage(device),
		"role":                        o.policyOf(device, owner),
		"type":                        deviceType(device.NodeClass),
		"sub_type":                    device.NodeClass,
		"Ninja Device Remote Control": remote,
	})
}

// policyOf is the name of the device's own policy, else of its role's.
func (o *oracle) policyOf(device ninjaone.Device, owner ninjaone.Organization) string {
	id := device.PolicyID
	if id == 0 {
		id = owner.RolePolicies[device.RoleID]
	}
	at := slices.IndexFunc(o.ninja.Policies, func(p ninjaone.Policy) bool { return p.ID == id })
	if at < 0 {
		return ""
	}
	return o.ninja.Policies[at].Name
}

func deviceType(class string) string {
	switch class {
	case "CLOUD_MONITOR_TARGET":
		return "MONITOR_SERVER"
	case "NMS_SERVER", "NMS_NETWORK_MANAGEMENT_AGENT":
		return "NMS_SERVER"
	case "VMWARE_VM_HOST", "HYPERV_VMM_HOST":
		return "VM_HOST"
	case "VMWARE_VM_GUEST", "HYPERV_VMM_GUEST":
		return "VM_GUEST"
	case "ANDROID", "APPLE_IOS", "APPLE_IPADOS":
		return "MOBILE"
	case "UNMANAGED_DEVICE":
		return "UNMANAGED"
	}
	if strings.HasPrefix(class, "NMS_") {
		return "NMS_TARGET"
	}
	return "AGENT"
}

func unix(moment time.Time) string {
	if moment.IsZero() {
		return ""
	}
	return strconv.FormatInt(moment.Unix(), 10)
}

// withoutEmpty leaves out fields without a value, and compares texts as they are shown: without stray white space.
func withoutEmpty(values map[string]string) map[string]string {
	shown := map[string]string{}
	for name, value := range values {
		if value = clean(value); value != "" {
			shown[name] = value
		}
	}
	return shown
}

// approved is how many devices are to be imported.
func (o *oracle) approved() int {
	count := 0
	for _, device := range o.ninja.Devices {
		if device.ApprovalStatus == "APPROVED" {
			count++
		}
	}
	return count
}

// newCompanies is how many companies the import had to make, withoutContact how many that were there had no contact.
func (o *oracle) newCompanies() (made, withoutContact int) {
	seen := map[string]bool{}
	for _, organization := range o.ninja.Organizations {
		name := sameName(organizationName(organization))
		if seen[name] {
			continue
		}
		seen[name] = true
		if len(companiesNamed(o.before, name)) == 0 {
			made++
			continue
		}
		linked := o.companyOf(organization)
		at := slices.IndexFunc(o.before.Companies, func(c accelo.Company) bool { return c.ID == linked.ID })
		if o.before.Companies[at].DefaultAffiliationID == 0 {
			withoutContact++
		}
	}
	return made, withoutContact
}
