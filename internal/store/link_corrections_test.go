package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func correction(key store.Key, id int64) store.Correction {
	return store.Correction{
		Key: key, OrganizationID: 4, MatchKey: "6/srv", AcceloID: id, CompanyID: 6, AffiliationID: 8, Actor: "a person",
		Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "srv"}},
	}
}

// A link that is corrected by hand points elsewhere at once, and knows of nothing that was written there.
func TestRelink(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	made := d.linked(making(device(7), 31))
	made.ManualChanges = []rules.ManualChange{{Field: "title", Accelo: "x"}}
	require.NoError(t, d.SaveLink(t.Context(), made))

	before, err := d.Relink(t.Context(), correction(device(7), 32))
	require.NoError(t, err)
	require.Equal(t, int64(31), before)
	require.Equal(t, store.Link{
		Connection: connection, Kind: store.Devices, NinjaID: "7", OrganizationID: 4, State: store.Linked, MatchKey: "6/srv",
		AcceloID: 32, CompanyID: 6, AffiliationID: 8, Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "srv"}}, ManualChanges: []rules.ManualChange{}, Facts: made.Facts,
	}, d.link(device(7)))
	last := d.history(device(7))[0]
	require.Equal(t, "a person", last.Actor)
	require.Equal(t, store.FieldChange{From: "31", To: "32"}, last.Changes["accelo_id"])

	d.linked(making(device(8), 31)) // the asset is free again
	require.Empty(t, d.history(device(8))[0].Actor, "what follows is nobody's")
}

// A record that waits, or has no link yet, gets the one that a person names.
func TestRelinkMakesALink(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.MarkWaiting(t.Context(), waiting(7)))
	for _, id := range []int{7, 8} {
		before, err := d.Relink(t.Context(), correction(device(id), int64(id)))
		require.NoError(t, err)
		require.Zero(t, before)
		link := d.link(device(id))
		require.Equal(t, store.Linked, link.State)
		require.Equal(t, int64(id), link.AcceloID)
		require.Equal(t, 4, link.OrganizationID)
		require.Equal(t, "a person", d.history(device(id))[0].Actor)
	}
}

// An asset belongs to one device; a company may be that of several organizations.
func TestRelinkKeepsOneOwner(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.linked(making(device(7), 31))
	d.linked(making(device(8), 32))
	_, err := d.Relink(t.Context(), correction(device(7), 32))
	var owned *store.OwnedError
	require.ErrorAs(t, err, &owned)
	require.Equal(t, device(8), owned.Owner)
	require.Equal(t, int64(31), d.link(device(7)).AcceloID)

	d.linked(making(organization(1), 41))
	d.linked(making(organization(2), 42))
	_, err = d.Relink(t.Context(), correction(organization(1), 42))
	require.NoError(t, err)
}

// Nothing that is under way is touched, and it is said until when.
func TestCorrectionsLeaveClaimsAlone(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	busy := hang(t, d, making(device(7), 31))
	doubtful := making(device(8), 32)
	doubtful.createErr = failure{store.InFlight}
	_, _, err := d.Ensure(t.Context(), doubtful.creation())
	require.Error(t, err)
	for _, id := range []int{7, 8} {
		for _, correct := range []func() error{
			func() error { _, err := d.Relink(t.Context(), correction(device(id), 50)); return err },
			func() error { _, err := d.Forget(t.Context(), device(id), "a person"); return err },
		} {
			var held *store.HeldError
			require.ErrorAs(t, correct(), &held)
			require.True(t, held.Until.After(time.Now()))
		}
	}
	require.NoError(t, busy.finish())
	require.Equal(t, int64(31), d.link(device(7)).AcceloID)
	require.Equal(t, store.Doubt, d.link(device(8)).State)
}

// The contact that was made for one company is not that of another.
func TestRelinkDropsTheContact(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	contact := store.KeyOf(connection, store.Contacts, 1)
	d.linked(making(organization(1), 41))
	d.linked(making(contact, 51))
	_, err := d.Relink(t.Context(), correction(organization(1), 41))
	require.NoError(t, err)
	d.link(contact)
	_, err = d.Relink(t.Context(), correction(organization(1), 42))
	require.NoError(t, err)
	d.requireNone(contact)
}

// The request of an alert is also that of its incident.
func TestRelinkMovesTheIncident(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	triggered, err := d.TriggerAlert(t.Context(), store.AlertTrigger{Connection: connection, UID: "u", OrganizationID: 4, DeviceID: 7})
	require.NoError(t, err)
	alert := store.Key{Connection: connection, Kind: store.Alerts, NinjaID: "u"}
	d.exec(`UPDATE links SET state = 'linked', accelo_id = 61 WHERE kind = 'alert'`)
	d.exec(`UPDATE incidents SET state = 'open', request_id = 61, asset_linked = true WHERE id = $1`, triggered.Incident.ID)
	_, err = d.Relink(t.Context(), correction(alert, 62))
	require.NoError(t, err)
	require.Equal(t, int64(62), value[int64](d, `SELECT request_id FROM incidents WHERE NOT asset_linked`))
}

// What is forgotten can be matched anew, and its history tells who forgot it.
func TestForget(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	contact := store.KeyOf(connection, store.Contacts, 1)
	d.linked(making(organization(1), 41))
	d.linked(making(contact, 51))
	was, err := d.Forget(t.Context(), organization(1), "a person")
	require.NoError(t, err)
	require.Equal(t, int64(41), was.AcceloID)
	d.requireNone(organization(1))
	d.requireNone(contact)
	events := d.history(organization(1))
	require.Equal(t, []string{"a person", "forgotten"}, []string{events[0].Actor, string(events[0].State)})
	require.Equal(t, int64(41), events[0].AcceloID)

	_, err = d.Forget(t.Context(), organization(1), "a person")
	require.ErrorIs(t, err, store.ErrNotFound)
	d.linked(making(organization(1), 43))
	require.Len(t, d.history(organization(1)), 3)
}
