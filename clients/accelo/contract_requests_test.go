package accelo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
)

// Requests: opened, found, noted, claimed, closed, converted, and linked where the deployment can.
func TestContractRequests(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, d deployment, mode simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		company := collect(t, d.Companies(ctx, accelo.CompanyQuery{}))[0]
		types, err := d.RequestTypes(ctx)
		require.NoError(t, err)
		priorities, err := d.RequestPriorities(ctx)
		require.NoError(t, err)
		made, err := d.CreateRequest(ctx, accelo.NewRequest{
			Title: "Disk (C:) is full, 95 %", Body: "NinjaOne alert UID 1-2-3", TypeID: types[0].ID,
			AffiliationID: company.DefaultAffiliation, PriorityID: priorities[0].ID,
		})
		require.NoError(t, err)
		require.Equal(t, accelo.StandingPending, made.Standing)
		require.NotZero(t, made.ThreadID)

		query := accelo.RequestQuery{
			Standings: []string{accelo.StandingPending, accelo.StandingOpen}, AffiliationIDs: []accelo.ID{company.DefaultAffiliation},
			TypeID: types[0].ID, ModifiedAfter: made.Created.Add(-time.Second), Search: "Disk (C:) is full, 95 %",
		}
		found := collect(t, d.Requests(ctx, query))
		require.Len(t, found, 1)
		require.Equal(t, "NinjaOne alert UID 1-2-3", found[0].Body)
		require.Len(t, collect(t, d.Requests(ctx, accelo.RequestQuery{IDs: []accelo.ID{made.ID, 999999}})), 1)

		note, err := d.CreateNote(ctx, accelo.Note{AgainstType: "request", AgainstID: made.ID, Subject: "Device", Body: "WS-1", ThreadID: made.ThreadID})
		require.NoError(t, err)
		require.Equal(t, "all", note.Visibility)
		notes, err := d.Notes(ctx, "request", made.ID)
		require.NoError(t, err)
		require.Contains(t, notes, note)

		d.linkToRequest(t, mode, company, made)

		info, err := d.TokenInfo(ctx)
		require.NoError(t, err)
		changed, err := d.UpdateRequest(ctx, made.ID, accelo.RequestChange{Standing: accelo.StandingClosed, ClaimerID: &info.StaffID})
		require.NoError(t, err)
		require.Equal(t, accelo.StandingClosed, changed.Standing)
		require.Equal(t, info.StaffID, changed.ClaimerID)
		changed, err = d.UpdateRequest(ctx, made.ID, accelo.RequestChange{Standing: accelo.StandingOpen})
		require.NoError(t, err)
		require.Equal(t, accelo.StandingOpen, changed.Standing)

		ticket, err := d.sim.ConvertRequest(int64(made.ID), "issue")
		require.NoError(t, err)
		for _, spelling := range []string{"", "plural", "title"} {
			require.NoError(t, d.sim.SetSwitches(simulator.Switches{ConversionSpelling: spelling}))
			converted, err := d.Request(ctx, made.ID)
			require.NoError(t, err)
			require.Equal(t, accelo.StandingConverted, converted.Standing)
			require.Equal(t, "issue", converted.ConversionType)
			require.Equal(t, accelo.ID(ticket.ID), converted.ConversionID)
		}
	})
}

// linkToRequest links an asset to a request, and to the kind of work that Accelo documents.
func (d deployment) linkToRequest(t *testing.T, mode simulator.Mode, company accelo.Company, request accelo.Request) {
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
	require.Equal(t, link.ID, links[0].ID)
	require.Equal(t, "the device", links[0].Description)
}

// Webhooks are registered as JSON, listed and removed.
func TestContractSubscriptions(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, d deployment, _ simulator.Mode) {
		t.Helper()
		ctx := t.Context()
		types, err := d.SubscriptionTypes(ctx)
		require.NoError(t, err)
		require.NotEmpty(t, types)
		made, err := d.Subscribe(ctx, accelo.NewSubscription{URL: "http://127.0.0.1:1/hook?x=1", EventID: accelo.EventRequestStatus, Secret: "s"})
		require.NoError(t, err)
		require.Equal(t, "application/json", made.ContentType)
		all, err := d.Subscriptions(ctx)
		require.NoError(t, err)
		require.Equal(t, []accelo.Subscription{made}, all)
		require.NoError(t, d.Unsubscribe(ctx, made.ID))
		all, err = d.Subscriptions(ctx)
		require.NoError(t, err)
		require.Empty(t, all)
		require.True(t, accelo.IsInvalidRequest(d.Unsubscribe(ctx, made.ID)))
	})
}
