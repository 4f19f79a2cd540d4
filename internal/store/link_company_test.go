package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// insertLink inserts a linked record.
func (d *database) insertLink(kind store.Kind, id, organization int, accelo, company, affiliation int64, serial string) store.Key {
	d.t.Helper()
	facts := "{}"
	if serial != "" {
		facts = fmt.Sprintf(`{"serial": %q}`, serial)
	}
	d.exec(`INSERT INTO links (connection, kind, ninja_id, organization_id, state, match_key, accelo_id, company_id, affiliation_id, written, facts)
		VALUES ('default', $1, $2::text, $3, 'linked', $6::text || '/srv', $4, $5, $7,
			jsonb_build_object('title', jsonb_build_object('n', 'SRV'), 'affiliation', jsonb_build_object('a', '9'),
				'company', jsonb_build_object('n', $6::text, 'a', $6::text)), $8::jsonb)`,
		kind, fmt.Sprint(id), organization, accelo, company, fmt.Sprint(company), affiliation, facts)
	return store.KeyOf(connection, kind, id)
}

// A move updates the links of the organization's devices in the old company, and no others.
func TestMoveCompany(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.insertLink(store.Organizations, 7, 7, 45, 45, 12, "")
	contact := d.insertLink(store.Contacts, 7, 7, 80, 45, 12, "")
	inCompany := d.insertLink(store.Devices, 70, 7, 101, 45, 12, "")
	otherCompany := d.insertLink(store.Devices, 71, 7, 102, 50, 12, "")
	otherOrganization := d.insertLink(store.Devices, 80, 8, 103, 45, 12, "")
	require.NoError(t, d.MarkWaiting(t.Context(), store.Link{
		Connection: connection, Kind: store.Devices, NinjaID: "72", OrganizationID: 7, MatchKey: "45/45/new", CompanyID: 45,
	}))
	move := store.CompanyMove{Connection: connection, OrganizationID: 7, From: 45, To: 1046, AffiliationID: 13}
	moved, err := d.MoveCompany(t.Context(), move)
	require.NoError(t, err)
	require.Equal(t, []int64{1046, 1046, 13}, []int64{moved.AcceloID, moved.CompanyID, moved.AffiliationID})
	d.requireNoLink(contact)
	device := d.link(inCompany)
	require.Equal(t, []any{int64(101), int64(1046), "1046/srv"}, []any{device.AcceloID, device.CompanyID, device.MatchKey})
	require.Equal(t, rules.Baseline{"title": {Ninja: "SRV"}, "company": {Ninja: "1046", Accelo: "1046"}}, device.Baseline)
	require.Equal(t, "1046/45/new", d.link(store.KeyOf(connection, store.Devices, 72)).MatchKey)
	require.Equal(t, int64(50), d.link(otherCompany).CompanyID)
	require.Equal(t, int64(45), d.link(otherOrganization).CompanyID)

	move.To = 47
	moved, err = d.MoveCompany(t.Context(), move)
	require.NoError(t, err)
	require.Equal(t, int64(1046), moved.AcceloID, "another worker moved it first")
	_, err = d.MoveCompany(t.Context(), store.CompanyMove{Connection: connection, OrganizationID: 99, From: 1, To: 2})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestCompanyEvidence(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.insertLink(store.Organizations, 7, 7, 45, 45, 12, "")
	d.insertLink(store.Contacts, 7, 7, 80, 45, 13, "")
	for i := range 4 {
		d.insertLink(store.Devices, 70+i, 7, int64(100+i), 45, 12, "")
		d.insertLink(store.Alerts, 90+i, 7, int64(200+i), 45, 12, "")
	}
	d.insertLink(store.Devices, 80, 8, 110, 45, 12, "")
	d.insertLink(store.Devices, 81, 7, 111, 46, 12, "")
	evidence, err := d.CompanyEvidence(t.Context(), connection, 7, 45, 2)
	require.NoError(t, err)
	require.ElementsMatch(t, []int64{12, 13}, evidence.Affiliations)
	require.ElementsMatch(t, []int64{103, 102}, evidence.Assets)
	require.ElementsMatch(t, []int64{203, 202}, evidence.Requests)
}

// How serial numbers compare is up to the caller, who sees them as they are stored.
func TestDevicesWithSerial(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	first := d.insertLink(store.Devices, 70, 7, 101, 45, 12, " SN-12AB ")
	d.insertLink(store.Devices, 71, 7, 102, 45, 12, "SN-2")
	d.insertLink(store.Devices, 72, 8, 103, 45, 12, "SN-12AB")
	d.insertLink(store.Devices, 73, 7, 104, 45, 12, "")
	require.NoError(t, d.MarkDeleted(t.Context(), first, true))
	var seen []string
	matches, err := d.DevicesWithSerial(t.Context(), connection, []int64{7}, func(organization int, serial string) bool {
		require.Equal(t, 7, organization)
		seen = append(seen, serial)
		return rules.SerialKey(serial) == rules.SerialKey("sn12ab")
	})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{" SN-12AB ", "SN-2"}, seen)
	require.Len(t, matches, 1)
	require.Equal(t, first, matches[0].Link.Key())
	require.True(t, matches[0].Deleted)
}

// The new device gets the link with its baseline, and the old one has none.
func TestReplaceDevice(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	old := d.insertLink(store.Devices, 70, 7, 101, 45, 12, "SN-1")
	require.NoError(t, d.MarkDeleted(t.Context(), old, true))
	require.NoError(t, d.RecordFailure(t.Context(), store.Failure{Connection: connection, Kind: store.Devices, NinjaID: "70"}))
	require.NoError(t, d.MarkWaiting(t.Context(), waitingLink(75)))
	before := d.link(old)
	link, err := d.ReplaceDevice(t.Context(), old, 75, "import-1")
	require.NoError(t, err)
	require.Equal(t, "75", link.NinjaID)
	require.Equal(t, []any{before.AcceloID, before.Baseline, rules.Matched, "import-1"},
		[]any{link.AcceloID, link.Baseline, link.Outcome, link.ImportID})
	require.Nil(t, link.WrittenAt)
	require.False(t, value[bool](d, `SELECT bool_or(gone_at IS NOT NULL) FROM links`))
	d.requireNoLink(old)
	failures, err := d.Failures(t.Context(), connection)
	require.NoError(t, err)
	require.Empty(t, failures)

	_, err = d.ReplaceDevice(t.Context(), old, 76, "import-1")
	require.ErrorIs(t, err, store.ErrNotFound)
	other := d.insertLink(store.Devices, 77, 7, 102, 45, 12, "SN-1")
	_, err = d.ReplaceDevice(t.Context(), other, 75, "import-1")
	var held *store.HeldError
	require.ErrorAs(t, err, &held, "the new device already has an asset")
	require.Equal(t, int64(102), d.link(other).AcceloID)
}

// The history moves to the new device.
func TestReplaceDeviceMovesHistory(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	old := d.insertLink(store.Devices, 70, 7, 101, 45, 12, "ABC")
	_, err := d.ReplaceDevice(t.Context(), old, 71, "import")
	require.NoError(t, err)
	events, err := d.LinkHistory(t.Context(), store.KeyOf(connection, store.Devices, 71))
	require.NoError(t, err)
	require.Len(t, events, 2, "created and replaced")
	left, err := d.LinkHistory(t.Context(), old)
	require.NoError(t, err)
	require.Empty(t, left)
}
