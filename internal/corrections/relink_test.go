package corrections_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// A relinked organization has the other company and its contact, keeps the company's own name, and is recorded as a user's change.
func TestRelinkOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	organization := f.ninjaOne.AddOrganization("Planet Express", "delivers")
	wrong, _ := f.company("Planet Express")
	right, contact := f.company("Planet Express Inc.")
	key := f.link(store.Organizations, strconv.Itoa(organization), store.Link{
		OrganizationID: organization, AcceloID: wrong, CompanyID: wrong, MatchKey: "planet express",
		Baseline: rules.Baseline{"name": {Ninja: "Planet Express", Accelo: "Planet Express"}, "comments": {Ninja: "delivers", Accelo: "delivers"}},
	})
	result, err := f.Relink(t.Context(), key, right)
	require.NoError(t, err)
	require.Equal(t, corrections.Result{
		Connection: "default", Kind: store.Organizations, NinjaID: key.NinjaID, Before: wrong, AcceloID: right, Labels: store.Settings{}.Labels(),
	}, result)
	link := f.stored(key)
	require.Equal(t, []int64{right, right, contact}, []int64{link.AcceloID, link.CompanyID, link.AffiliationID})
	require.Equal(t, rules.Value{Ninja: "Planet Express", Accelo: "Planet Express"}, link.Baseline["name"], "the company's own name is a manual change")
	history, err := f.store.LinkHistory(t.Context(), key)
	require.NoError(t, err)
	require.Equal(t, actor, history[0].Actor)
	f.requireNoWrites()
}

// A record without a link is read from NinjaOne, and its new link has the match key that an import gives it.
func TestRelinkUnlinkedRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	organization := f.ninjaOne.AddOrganization("Planet  Express", "delivers")
	company, contact := f.company("PE")
	key := store.KeyOf("default", store.Organizations, organization)
	result, err := f.Relink(t.Context(), key, company)
	require.NoError(t, err)
	require.Zero(t, result.Before)
	link := f.stored(key)
	require.Equal(t, rules.NameKey("Planet Express"), link.MatchKey)
	require.Equal(t, store.Facts{Name: "Planet  Express"}, link.Facts)
	require.Equal(t, []any{organization, contact}, []any{link.OrganizationID, link.AffiliationID})

	key = store.KeyOf("default", store.Devices, f.device(organization, "Ship 1"))
	asset := f.asset(assetType, company, "THE SHIP")
	_, err = f.Relink(t.Context(), key, asset)
	require.NoError(t, err)
	link = f.stored(key)
	require.Equal(t, rules.AssetMatchKey(company, "Ship 1"), link.MatchKey)
	require.Equal(t, []any{organization, asset, company, contact}, []any{link.OrganizationID, link.AcceloID, link.CompanyID, link.AffiliationID})
	f.requireNoWrites()
}

// An asset follows the company it belongs to, and an alert's request must be one that has not ended.
func TestRelinkDeviceAndAlert(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	other, contact := f.company("Momcorp")
	asset := f.asset(assetType, other, "ROBOT")
	result, err := f.Relink(t.Context(), i.deviceKey, asset)
	require.NoError(t, err)
	require.Equal(t, i.asset, result.Before)
	link := f.stored(i.deviceKey)
	require.Equal(t, []int64{asset, other, contact}, []int64{link.AcceloID, link.CompanyID, link.AffiliationID})
	require.Equal(t, rules.AssetMatchKey(other, "ship"), link.MatchKey)

	kind := f.connection.Settings.RequestType.ID
	first, err := f.accelo.AddRequest(kind, i.affiliation, "first", "")
	require.NoError(t, err)
	second, err := f.accelo.AddRequest(kind, contact, "second", "")
	require.NoError(t, err)
	key := f.link(store.Alerts, "uid-1", store.Link{OrganizationID: i.organization, AcceloID: first.ID, AffiliationID: i.affiliation})
	result, err = f.Relink(t.Context(), key, second.ID)
	require.NoError(t, err)
	require.Equal(t, []int64{first.ID, second.ID}, []int64{result.Before, result.AcceloID})
	require.Equal(t, contact, f.stored(key).AffiliationID)

	require.NoError(t, f.accelo.CloseRequest(first.ID))
	_, err = f.Relink(t.Context(), key, first.ID)
	require.ErrorContains(t, err, "is closed; an alert can only be linked to a pending or open request")
	f.requireNoWrites()
}

// A relink that can't be right is refused, and changes nothing.
func TestRelinkRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.imported("Planet Express")
	taken := f.imported("Momcorp")
	_, err := f.accelo.AddAssetType("Printer")
	require.NoError(t, err)
	printer := f.asset("Printer", i.company, "PRINTER")
	otherType, err := f.accelo.AddRequestType("Support")
	require.NoError(t, err)
	support, err := f.accelo.AddRequest(otherType.ID, i.affiliation, "help", "")
	require.NoError(t, err)
	alert := f.link(store.Alerts, "uid-1", store.Link{OrganizationID: i.organization, AcceloID: 1})
	key := func(kind store.Kind, id string) store.Key {
		return store.Key{Connection: "default", Kind: kind, NinjaID: id}
	}
	for _, test := range []struct {
		name     string
		key      store.Key
		acceloID int64
		want     string
		input    bool
	}{
		{"no such company", i.organizationKey, 999999, "company 999999 does not exist in Accelo", false},
		{"no such asset", i.deviceKey, 999999, "asset 999999 does not exist in Accelo", false},
		{"no such request", alert, 999999, "request 999999 does not exist in Accelo", false},
		{"asset of another type", i.deviceKey, printer, `does not have the type "NinjaOne Device"`, false},
		{"request of another type", alert, support.ID, `does not have the type "NinjaOne Alerts"`, false},
		{"another device's asset", i.deviceKey, taken.asset, "it is already linked to device " + taken.deviceKey.NinjaID, false},
		{"no such organization", key(store.Organizations, "987654"), i.company, "organization 987654 does not exist in NinjaOne", false},
		{"no such device", key(store.Devices, "987654"), i.asset, "device 987654 does not exist in NinjaOne", false},
		{"no NinjaOne ID", key(store.Devices, "SHIP"), i.asset, `"SHIP" is not a NinjaOne ID`, true},
		{"negative NinjaOne ID", key(store.Devices, "-8"), i.asset, `"-8" is not a NinjaOne ID`, true},
		{"alert without a request", key(store.Alerts, "uid-2"), 1, "alert uid-2 has no request of its own", false},
		{"contact", key(store.Contacts, "7"), 1, "correct the organization instead", true},
	} {
		_, err := f.Relink(t.Context(), test.key, test.acceloID)
		require.ErrorContains(t, err, test.want, test.name)
		var input *corrections.InputError
		require.Equal(t, test.input, errors.As(err, &input), test.name)
	}
	require.Equal(t, i.company, f.stored(i.organizationKey).AcceloID)
	require.Equal(t, i.asset, f.stored(i.deviceKey).AcceloID)
	f.requireNoWrites()
}

// The asset of a device that has left NinjaOne is taken over, and the old link is deleted.
func TestRelinkTakesOverAsset(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*fixture, int) error{
		"deleted":        func(f *fixture, device int) error { return f.ninjaOne.DeleteDevice(device) },
		"decommissioned": func(f *fixture, device int) error { return f.ninjaOne.DecommissionDevice(device) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			old := f.imported("Planet Express")
			require.NoError(t, leave(f, old.device))
			key := store.KeyOf("default", store.Devices, f.device(old.organization, "SHIP"))
			result, err := f.Relink(t.Context(), key, old.asset)
			require.NoError(t, err)
			require.Zero(t, result.Before)
			require.Equal(t, old.asset, f.stored(key).AcceloID)
			f.requireUnlinked(old.deviceKey)
		})
	}
}

// If NinjaOne can't be asked, the owner of an asset keeps it.
func TestRelinkTakesNothingOverBlindly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	old := f.imported("Planet Express")
	other := f.imported("Momcorp")
	_, err := f.ninjaOne.Lab.Faults.Add(lab.Fault{Kind: lab.FaultHTML502, Path: "/v2/device/"})
	require.NoError(t, err)
	_, err = f.Relink(t.Context(), other.deviceKey, old.asset)
	require.Error(t, err)
	require.Equal(t, old.asset, f.stored(old.deviceKey).AcceloID)
}

// A record that a sync is creating right now is left alone.
func TestCorrectionsOfClaimedRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	company, _ := f.company("Planet Express")
	key := f.claimed(store.Organizations, "7")
	var held *store.HeldError
	_, err := f.Relink(t.Context(), key, company)
	require.ErrorAs(t, err, &held)
	require.True(t, held.Until.After(time.Now()))
	_, err = f.Forget(t.Context(), key)
	require.ErrorAs(t, err, &held)
	_, err = f.Recreate(t.Context(), key)
	require.ErrorAs(t, err, &held)
}
