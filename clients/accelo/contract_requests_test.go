package accelo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// Requests are created, found, changed and followed after a conversion, with notes and, if the deployment supports it, linked
// assets.
func TestContractRequests(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d deployment, mode simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		company := allRows(t, d.Companies(ctx, accelo.CompanyQuery{}))[0]
		types, err := d.RequestTypes(ctx)
		require.NoError(t, err)
		priorities, err := d.RequestPriorities(ctx)
		require.NoError(t, err)
		created, err := d.CreateRequest(ctx, accelo.NewRequest{
			Title: "Disk (C:) is full, 95 %", Body: "NinjaOne alert UID 1-2-3", TypeID: types[0].ID,
			AffiliationID: company.DefaultAffiliation, PriorityID: priorities[0].ID,
		})
		require.NoError(t, err)
		require.Equal(t, accelo.StandingPending, created.Standing)

		query := accelo.RequestQuery{
			ModifiedAfter: created.Modified.Add(-time.Second), CreatedAfter: created.Modified.Add(-time.Second),
			AfterID: created.ID - 1,
		}
		found := allRows(t, d.Requests(ctx, query))
		require.Len(t, found, 1)
		require.Equal(t, "NinjaOne alert UID 1-2-3", found[0].Body)
		require.Len(t, allRows(t, d.Requests(ctx, accelo.RequestQuery{IDs: []accelo.ID{created.ID, 999999}})), 1)

		note, err := d.CreateNote(ctx, accelo.Note{AgainstType: "request", AgainstID: created.ID, Subject: "Device", Body: "WS-1"})
		require.NoError(t, err)
		notes, err := d.Notes(ctx, "request", created.ID)
		require.NoError(t, err)
		require.Contains(t, notes, note)

		d.linkAsset(t, mode, company, created)

		changed, err := d.UpdateRequest(ctx, created.ID, accelo.RequestChange{Standing: accelo.StandingClosed})
		require.NoError(t, err)
		require.Equal(t, accelo.StandingClosed, changed.Standing)
		changed, err = d.UpdateRequest(ctx, created.ID, accelo.RequestChange{Standing: accelo.StandingOpen})
		require.NoError(t, err)
		require.Equal(t, accelo.StandingOpen, changed.Standing)

		ticket, err := d.sim.ConvertRequest(int64(created.ID), "issue")
		require.NoError(t, err)
		for _, spelling := range []string{"", "plural", "title"} {
			require.NoError(t, d.sim.SetSwitches(simulator.Switches{ConversionSpelling: spelling}))
			converted, err := d.Request(ctx, created.ID)
			require.NoError(t, err)
			require.Equal(t, accelo.StandingConverted, converted.Standing)
			require.Equal(t, "issue", converted.ConversionType)
			require.Equal(t, accelo.ID(ticket.ID), converted.ConversionID)
		}
	})
}

// linkAsset links an asset to a request, if the deployment supports it.
func (d deployment) linkAsset(t *testing.T, mode simulator.Mode, company accelo.Company, request accelo.Request) {
	t.Helper()
	asset, err := d.sim.AddAsset("Printer", int64(company.ID), "P-1", nil)
	require.NoError(t, err)
	link, err := d.CreateAssetLink(t.Context(), accelo.ID(asset.ID), "request", request.ID, "the device")
	if mode == simulator.ModeDocumented {
		require.True(t, accelo.IsInvalidRequest(err))
		return
	}
	require.NoError(t, err)
	links, err := d.AssetLinks(t.Context(), "request", request.ID)
	require.NoError(t, err)
	require.Len(t, links, 1)
	require.Equal(t, link, links[0])
}

// Webhooks are registered, listed and removed.
func TestContractSubscriptions(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, d deployment, _ simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		created, err := d.Subscribe(ctx, accelo.NewSubscription{URL: "http://127.0.0.1:1/hook?x=1", EventID: accelo.EventRequestStatus, Secret: "s"})
		require.NoError(t, err)
		all, err := d.Subscriptions(ctx)
		require.NoError(t, err)
		require.Equal(t, []accelo.Subscription{created}, all)
		require.NoError(t, d.Unsubscribe(ctx, created.ID))
		all, err = d.Subscriptions(ctx)
		require.NoError(t, err)
		require.Empty(t, all)
		require.True(t, accelo.IsInvalidRequest(d.Unsubscribe(ctx, created.ID)))
	})
}
