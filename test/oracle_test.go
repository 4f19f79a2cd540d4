package test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	client "ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// maxName is the maximum length of a name in Accelo, in characters. None is documented, so this is a conservative limit.
const maxName = 255

// nameKey is equal for names that match: trimmed, NFC, white space collapsed, case folded (see interface.md 5).
func nameKey(name string) string {
	runes := []rune(collapseSpace(norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))))
	return strings.TrimSpace(string(runes[:min(len(runes), maxName)]))
}

func collapseSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// organizationName returns an organization's name in Accelo, which accepts no empty name.
func organizationName(o ninjaone.Organization) string {
	if collapseSpace(o.Name) == "" {
		return "Organization " + strconv.Itoa(o.ID)
	}
	return o.Name
}

// deviceTitle returns the title of a device's asset.
func deviceTitle(d ninjaone.Device) string {
	for _, name := range []string{d.SystemName, d.DisplayName, d.DNSName} {
		if collapseSpace(name) != "" {
			return name
		}
	}
	return "Device " + strconv.Itoa(d.ID)
}

// oracle compares both sides after an import.
type oracle struct {
	env     *testEnv
	ninja   ninjaone.World
	initial accelo.World // before the first import
	accelo  accelo.World
}

// newOracle returns an oracle for the current state of both sides.
func (e *testEnv) newOracle() *oracle {
	return &oracle{env: e, ninja: e.ninjaOne.state(), initial: e.initial, accelo: e.accelo.state()}
}

// requireInSync requires that Accelo holds everything of NinjaOne exactly once and correctly, and nothing else.
func (e *testEnv) requireInSync() *oracle {
	e.t.Helper()
	o := e.newOracle()
	o.requireInSync()
	return o
}

func (o *oracle) requireInSync() {
	o.env.t.Helper()
	o.requireCompanies()
	o.requireUntouched()
	if o.accelo.Mode == accelo.ModeDocumented {
		require.Len(o.env.t, o.accelo.Assets, len(o.initial.Assets), "assets in a deployment whose API can't create any")
		return
	}
	o.requireAssets()
}

// requireCompanies requires that every organization has exactly one company with its name and a primary contact.
func (o *oracle) requireCompanies() {
	t := o.env.t
	t.Helper()
	wanted := map[string]bool{}
	for _, organization := range o.ninja.Organizations {
		name := nameKey(organizationName(organization))
		wanted[name] = true
		now := companiesNamed(o.accelo, name)
		require.Len(t, now, max(1, len(companiesNamed(o.initial, name))), "companies named %q", organization.Name)
		require.NotZero(t, o.companyOf(organization).DefaultAffiliationID, "company %q has no primary contact", organization.Name)
		if len(companiesNamed(o.initial, name)) == 0 {
			o.requireNewCompany(organization, now[0])
		}
	}
	for _, company := range o.accelo.Companies {
		known := slices.ContainsFunc(o.initial.Companies, func(c accelo.Company) bool { return c.ID == company.ID })
		require.True(t, known || wanted[nameKey(company.Name)], "company %q belongs to no organization", company.Name)
	}
}

// requireNewCompany requires that a company that the product created has the organization's description and one contact, named as in
// interface.md 5.
func (o *oracle) requireNewCompany(organization ninjaone.Organization, company accelo.Company) {
	t := o.env.t
	t.Helper()
	require.Equal(t, collapseSpace(organization.Description), collapseSpace(company.Comments))
	var contacts []accelo.Affiliation
	for _, affiliation := range o.accelo.Affiliations {
		if affiliation.CompanyID == company.ID {
			contacts = append(contacts, affiliation)
		}
	}
	require.Len(t, contacts, 1, "contacts of company %q", company.Name)
	require.Equal(t, company.DefaultAffiliationID, contacts[0].ID)
	at := slices.IndexFunc(o.accelo.Contacts, func(c accelo.Contact) bool { return c.ID == contacts[0].ContactID })
	require.GreaterOrEqual(t, at, 0)
	require.Equal(t, "NinjaOne", o.accelo.Contacts[at].Firstname)
	require.Equal(t, nameKey(organizationName(organization)), nameKey(o.accelo.Contacts[at].Surname))
}

// requireUntouched requires that everything that was in Accelo before is unchanged, except that a company without a primary contact
// has one now.
func (o *oracle) requireUntouched() {
	t := o.env.t
	t.Helper()
	for _, before := range o.initial.Companies {
		at := slices.IndexFunc(o.accelo.Companies, func(c accelo.Company) bool { return c.ID == before.ID })
		require.GreaterOrEqual(t, at, 0, "company %q was deleted", before.Name)
		now := o.accelo.Companies[at]
		require.Equal(t, []string{before.Name, before.Comments, before.Standing}, []string{now.Name, now.Comments, now.Standing})
		if before.DefaultAffiliationID != 0 {
			require.Equal(t, before.DefaultAffiliationID, now.DefaultAffiliationID)
		}
	}
	for _, before := range o.initial.Assets {
		require.Contains(t, o.accelo.Assets, before)
	}
	for _, before := range o.initial.Contacts {
		require.Contains(t, o.accelo.Contacts, before)
	}
}

// companyOf returns the company that an organization belongs to: of those with its name the active one with the lowest ID.
func (o *oracle) companyOf(organization ninjaone.Organization) accelo.Company {
	named := companiesNamed(o.accelo, nameKey(organizationName(organization)))
	require.NotEmpty(o.env.t, named, "no company named %q", organization.Name)
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
		if nameKey(company.Name) == name {
			named = append(named, company)
		}
	}
	return named
}

// requireAssets requires that every approved device has exactly one asset, identified by its device page, with the right company,
// contact, title and custom fields.
func (o *oracle) requireAssets() {
	t := o.env.t
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
		company := o.companyOf(o.ownerOf(device))
		require.Equal(t, []any{"company", company.ID, company.DefaultAffiliationID}, []any{asset.AgainstType, asset.AgainstID, asset.AffiliationID})
		require.Equal(t, nameKey(deviceTitle(device)), nameKey(asset.Title))
		require.Equal(t, o.expectedFields(device), withoutEmpty(o.accelo.FieldValues(asset.ID)), "device %d", device.ID)
	}
	require.Empty(t, slices.Collect(maps.Keys(found)), "assets without a device")
}

func (o *oracle) assetType() accelo.AssetType {
	named := slices.DeleteFunc(slices.Clone(o.accelo.AssetTypes), func(a accelo.AssetType) bool { return collapseSpace(a.Title) != assetType })
	require.Len(o.env.t, named, 1, "asset types named %q", assetType)
	return named[0]
}

func (o *oracle) ownerOf(device ninjaone.Device) ninjaone.Organization {
	at := slices.IndexFunc(o.ninja.Organizations, func(n ninjaone.Organization) bool { return n.ID == device.OrganizationID })
	return o.ninja.Organizations[at]
}

func (o *oracle) devicePage(device ninjaone.Device) string {
	return o.env.devicePageURL(int64(device.ID))
}

// expectedFields returns the custom fields of a device's asset, without empty ones.
func (o *oracle) expectedFields(device ninjaone.Device) map[string]string {
	owner := o.ownerOf(device)
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

// policyOf returns the name of the device's own policy, or else of its role's policy.
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

// withoutEmpty drops fields without a value and collapses white space, as Accelo's pages show it.
func withoutEmpty(values map[string]string) map[string]string {
	shown := map[string]string{}
	for name, value := range values {
		if value = collapseSpace(value); value != "" {
			shown[name] = value
		}
	}
	return shown
}

// approvedCount returns the number of approved devices, which are the ones to import.
func (o *oracle) approvedCount() int {
	count := 0
	for _, device := range o.ninja.Devices {
		if device.ApprovalStatus == "APPROVED" {
			count++
		}
	}
	return count
}

// newCompanies returns how many companies the import has to create, and how many existing ones have no contact.
func (o *oracle) newCompanies() (created, withoutContact int) {
	seen := map[string]bool{}
	for _, organization := range o.ninja.Organizations {
		name := nameKey(organizationName(organization))
		if seen[name] {
			continue
		}
		seen[name] = true
		if len(companiesNamed(o.initial, name)) == 0 {
			created++
			continue
		}
		linked := o.companyOf(organization)
		at := slices.IndexFunc(o.initial.Companies, func(c accelo.Company) bool { return c.ID == linked.ID })
		if o.initial.Companies[at].DefaultAffiliationID == 0 {
			withoutContact++
		}
	}
	return created, withoutContact
}

// companyReads returns how many reads it takes to find the companies of all organizations before they are linked or created.
func (o *oracle) companyReads() int {
	reads, seen := 0, map[string]bool{}
	for _, organization := range o.ninja.Organizations {
		name := organizationName(organization)
		switch key := nameKey(name); {
		case seen[key]:
		case len(companiesNamed(o.initial, key)) == 0:
			reads += client.SearchCalls(name)
		default:
			reads++
		}
		seen[nameKey(name)] = true
	}
	return reads
}
