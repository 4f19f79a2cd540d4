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
		Key: key, OrganizationID: 4, MatchKey: "6/srv", AcceloID: id, CompanyID: 6, AffiliationID: 8, Actor: "a user",
		Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "srv"}},
	}
}

// A relinked record points to the new object and gets a new baseline.
func TestRelink(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	linked := d.ensureLinked(newCreation(device(7), 31))
	linked.ManualChanges = []rules.ManualChange{{Field: "title", Accelo: "x"}}
	require.NoError(t, d.SaveLink(t.Context(), &linked))

	before, err := d.Relink(t.Context(), correction(device(7), 32))
	require.NoError(t, err)
	require.Equal(t, int64(31), before)
	relinked := d.link(device(7))
	require.Equal(t, store.Link{
		Connection: connection, Kind: store.Devices, NinjaID: "7", OrganizationID: 4, State: store.Linked, MatchKey: "6/srv",
		AcceloID: 32, CompanyID: 6, AffiliationID: 8, Baseline: rules.Baseline{"title": {Ninja: "SRV", Accelo: "srv"}},
		ManualChanges: []rules.ManualChange{}, Facts: linked.Facts, Version: relinked.Version, CreatedAt: relinked.CreatedAt,
	}, relinked)
	last := d.history(device(7))[0]
	require.Equal(t, "a user", last.Actor)
	require.Equal(t, store.FieldChange{From: "31", To: "32"}, last.Changes["accelo_id"])

	d.ensureLinked(newCreation(device(8), 31)) // the asset can be linked again
	require.Empty(t, d.history(device(8))[0].Actor, "later changes have no actor")
}

// A waiting record or one without a link is linked to the given object.
func TestRelinkCreatesALink(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(7)))
	for _, id := range []int{7, 8} {
		before, err := d.Relink(t.Context(), correction(device(id), int64(id)))
		require.NoError(t, err)
		require.Zero(t, before)
		link := d.link(device(id))
		require.Equal(t, store.Linked, link.State)
		require.Equal(t, int64(id), link.AcceloID)
		require.Equal(t, 4, link.OrganizationID)
		require.Equal(t, "a user", d.history(device(id))[0].Actor)
	}
}

// An asset is linked to one device only. Several organizations may share a company.
func TestRelinkKeepsOneOwner(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.ensureLinked(newCreation(device(7), 31))
	d.ensureLinked(newCreation(device(8), 32))
	_, err := d.Relink(t.Context(), correction(device(7), 32))
	var owned *store.OwnedError
	require.ErrorAs(t, err, &owned)
	require.Equal(t, device(8), owned.Owner)
	require.Equal(t, int64(31), d.link(device(7)).AcceloID)

	d.ensureLinked(newCreation(organization(1), 41))
	d.ensureLinked(newCreation(organization(2), 42))
	_, err = d.Relink(t.Context(), correction(organization(1), 42))
	require.NoError(t, err)
}

// A record that is being created cannot be corrected. The error names the end of the wait.
func TestCorrectionsRespectClaims(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	busy := holdClaim(t, d, newCreation(device(7), 31))
	doubtful := newCreation(device(8), 32)
	doubtful.createErr = createError{store.InFlight}
	_, _, err := d.Ensure(t.Context(), doubtful.creation())
	require.Error(t, err)
	for _, id := range []int{7, 8} {
		for _, correct := range []func() error{
			func() error { _, err := d.Relink(t.Context(), correction(device(id), 50)); return err },
			func() error { _, err := d.Forget(t.Context(), device(id), "a user"); return err },
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

// A contact created for one company is not used for another.
func TestRelinkDropsTheContact(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	contact := store.KeyOf(connection, store.Contacts, 1)
	d.ensureLinked(newCreation(organization(1), 41))
	d.ensureLinked(newCreation(contact, 51))
	_, err := d.Relink(t.Context(), correction(organization(1), 41))
	require.NoError(t, err)
	d.link(contact)
	_, err = d.Relink(t.Context(), correction(organization(1), 42))
	require.NoError(t, err)
	d.requireNoLink(contact)
}

// Relinking an alert also changes its incident's request: it is open with that one, which still needs the asset, unless its alerts have ended.
func TestRelinkMovesTheIncident(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ state, alert, want, key string }{
		"open":                                 {"open", "active", "open", "k"},
		"closed by a person":                   {"closed", "active", "open", "k"},
		"converted":                            {"converted", "active", "open", "k"},
		"converted, and the fault has another": {"converted", "active", "open", ""},
		"over":                                 {"closed", "reset", "closed", "k"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t, store.ClaimTimes{})
			trigger := store.AlertTrigger{Connection: connection, UID: "u", OrganizationID: 4, DeviceID: 7, RecurrenceKey: "k"}
			triggered, err := d.TriggerAlert(t.Context(), trigger)
			require.NoError(t, err)
			id := triggered.Incident.ID
			alert := store.Key{Connection: connection, Kind: store.Alerts, NinjaID: "u"}
			d.exec(`UPDATE links SET state = 'linked', accelo_id = 61 WHERE kind = 'alert'`)
			d.exec(`UPDATE alerts SET state = $1`, test.alert)
			d.exec(`UPDATE incidents SET state = $2, cause = 'person', request_id = 61, asset_linked = true, conversion_id = 71, closed_at = now()
				WHERE id = $1`, id, test.state)
			if test.key == "" {
				trigger.UID = "v"
				_, err := d.TriggerAlert(t.Context(), trigger)
				require.NoError(t, err)
			}
			_, err = d.Relink(t.Context(), correction(alert, 62))
			require.NoError(t, err)
			incident, err := d.Incident(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, int64(62), incident.RequestID)
			require.True(t, incident.AssetOwed)
			require.False(t, incident.AssetLinked)
			require.Zero(t, incident.ConversionID)
			require.Equal(t, test.want, string(incident.State))
			require.Equal(t, test.key, value[string](d, `SELECT recurrence_key FROM incidents WHERE request_id = 62`))
		})
	}
}

// A forgotten record can be matched again, and its history says who forgot it.
func TestForget(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	contact := store.KeyOf(connection, store.Contacts, 1)
	d.ensureLinked(newCreation(organization(1), 41))
	d.ensureLinked(newCreation(contact, 51))
	was, err := d.Forget(t.Context(), organization(1), "a user")
	require.NoError(t, err)
	require.Equal(t, int64(41), was.AcceloID)
	d.requireNoLink(organization(1))
	d.requireNoLink(contact)
	events := d.history(organization(1))
	require.Equal(t, []string{"a user", "forgotten"}, []string{events[0].Actor, string(events[0].State)})
	require.Equal(t, int64(41), events[0].AcceloID)

	_, err = d.Forget(t.Context(), organization(1), "a user")
	require.ErrorIs(t, err, store.ErrNotFound)
	d.ensureLinked(newCreation(organization(1), 43))
	require.Len(t, d.history(organization(1)), 3)
}
