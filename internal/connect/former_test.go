package connect_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	client "ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/tenant"
)

// leave removes what is left in former deployments, as a reconciliation does.
func (r *rig) leave() []string {
	r.t.Helper()
	doubts, err := connect.New(r.store, r.provider, r.options).LeaveFormer(r.t.Context(), r.name)
	require.NoError(r.t, err)
	return doubts
}

// owed returns the numbers of the former pairs that something is owed to.
func (r *rig) owed() []int64 {
	r.t.Helper()
	former, err := r.store.FormerDeployments(r.t.Context(), r.name)
	require.NoError(r.t, err)
	numbers := []int64{}
	for _, deployment := range former {
		numbers = append(numbers, deployment.Pair)
	}
	return numbers
}

// leftAgo makes a former deployment one that was left so long ago.
func (r *rig) leftAgo(age time.Duration) {
	r.t.Helper()
	database, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, database.Close(r.t.Context())) }()
	_, err = database.Exec(r.t.Context(), `UPDATE former_deployments SET left_at = $1`, time.Now().Add(-age))
	require.NoError(r.t, err)
}

// subscribe registers a webhook in a deployment.
func subscribe(t *testing.T, deployment tenant.Connection, url string) {
	t.Helper()
	_, err := deployment.Accelo.Subscribe(t.Context(), client.NewSubscription{URL: url, EventID: client.EventRequestStatus, Secret: "secret"})
	require.NoError(t, err)
}

// The webhook in a deployment that a connection leaves is owed its removal until it is gone, however the first attempt ends.
func TestFormerWebhookIsRemoved(t *testing.T) {
	t.Parallel()
	fails := func(path, method string) func(*rig) {
		return func(r *rig) {
			fault(t, r.accelo.Lab().Faults, lab.Fault{Kind: lab.FaultStatus, Status: 500, Path: path, Method: method})
		}
	}
	for name, trouble := range map[string]func(*rig){
		"the list fails":      fails("/webhooks/subscriptions", "GET"),
		"the removal fails":   fails("/webhooks/subscriptions", "DELETE"),
		"the token is denied": fails("/oauth2/v0/token", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t)
			trouble(r)
			r.otherDeployment("production")
			r.options.NewPair = true
			report := r.connect()
			require.Equal(t, connect.PairMoved, report.Pair.Change)
			require.True(t, report.Ready, "what is left behind holds up nothing")
			require.Len(t, report.Pair.Left, 1)
			require.Contains(t, report.Pair.Left[0], "could not be removed")
			require.Len(t, r.subscriptions(), 1)
			require.Len(t, r.leave(), 1)

			require.NoError(t, r.accelo.Lab().Faults.Set())
			require.Empty(t, r.leave())
			require.Empty(t, r.subscriptions())
		})
	}
}

// A program that ends between the move and the removal leaves the row of what it owed.
func TestFormerWebhookIsRemovedAfterACrash(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	next := r.stored()
	next.AcceloURL = "http://127.0.0.1:1"
	_, err := r.store.MovePair(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, []int64{1}, r.owed())
	require.Empty(t, r.leave())
	require.Empty(t, r.subscriptions())
}

// A reconciliation that began before the move may register the webhook after its removal. It goes as well.
func TestFormerWebhookThatComesBack(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	former, err := r.provider.Connection(t.Context(), r.name)
	require.NoError(t, err)
	url := r.accelo.Snapshot().Subscriptions[0].TriggerURL
	r.otherDeployment("production")
	r.options.NewPair = true
	require.Empty(t, r.connect().Pair.Left)
	require.Empty(t, r.subscriptions())

	subscribe(t, former, url)
	require.Empty(t, r.leave())
	require.Empty(t, r.subscriptions())
	require.Equal(t, []int64{1}, r.owed(), "it might come back once more")
	r.leftAgo(2 * time.Hour)
	require.Empty(t, r.leave())
	require.Empty(t, r.owed())
}

// Only our own webhook goes: not that of another connection, of another installation or of another tool. If the deployment is the same
// and NinjaOne's tenant isn't, the one that is in use stays.
func TestForeignWebhooksStayInAFormerDeployment(t *testing.T) {
	t.Parallel()
	for name, same := range map[string]bool{"another deployment": false, "the same deployment": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t)
			former, err := r.provider.Connection(t.Context(), r.name)
			require.NoError(t, err)
			foreign := []string{
				"https://hooks.example.com/webhooks/accelo/default-2/token", "https://other.example.com/webhooks/accelo/default/token",
				"https://hooks.example.com/else",
			}
			for _, url := range foreign {
				subscribe(t, former, url)
			}
			deployment := r.accelo
			if same {
				r.otherTenant(ninjaone.Options{Seed: 9, Organizations: 3, Devices: 10})
			} else {
				deployment = r.otherDeployment("production")
			}
			r.options.NewPair = true
			report := r.connect()
			require.Equal(t, connect.PairMoved, report.Pair.Change)
			require.Empty(t, report.Pair.Left)
			require.Empty(t, r.leave())
			left := map[string]bool{}
			for _, subscription := range r.accelo.Snapshot().Subscriptions {
				left[subscription.TriggerURL] = true
			}
			for _, url := range foreign {
				require.True(t, left[url], url)
			}
			require.Len(t, left, map[bool]int{false: 3, true: 4}[same])
			require.NotEmpty(t, deployment.Snapshot().Subscriptions, "the connection's own webhook is in use")
		})
	}
}

// A tenant that a connection leaves sends nothing any more either. If the tenant, or another connection, still uses the application, its only
// webhook stays.
func TestFormerTenantSendsNothing(t *testing.T) {
	t.Parallel()
	t.Run("another tenant", func(t *testing.T) {
		t.Parallel()
		r := sandbox(t)
		require.NotNil(t, r.ninjaOne.Snapshot().Webhook)
		_, err := r.ninjaOne.Lab.Faults.Add(lab.Fault{Kind: lab.FaultStatus, Status: 500, Path: "/webhook", Method: "DELETE", Count: 1})
		require.NoError(t, err)
		other := r.otherTenant(ninjaone.Options{Seed: 9, Organizations: 3, Devices: 10})
		r.options.NewPair = true
		require.Len(t, r.connect().Pair.Left, 1)
		require.NotNil(t, r.ninjaOne.Snapshot().Webhook)
		require.Empty(t, r.leave())
		require.Nil(t, r.ninjaOne.Snapshot().Webhook)
		require.NotNil(t, other.Snapshot().Webhook)
	})
	t.Run("the same tenant", func(t *testing.T) {
		t.Parallel()
		r := sandbox(t)
		r.otherDeployment("production")
		r.options.NewPair = true
		require.Empty(t, r.connect().Pair.Left)
		require.NotNil(t, r.ninjaOne.Snapshot().Webhook)
	})
	t.Run("in use elsewhere", func(t *testing.T) {
		t.Parallel()
		r := sandbox(t)
		second := r.credentials
		second.Accelo.ClientID = "another-deployment"
		require.NoError(t, r.provider.Save(t.Context(), "second", second))
		r.otherTenant(ninjaone.Options{Seed: 9, Organizations: 3, Devices: 10})
		r.options.NewPair = true
		require.Empty(t, r.connect().Pair.Left)
		require.NotNil(t, r.ninjaOne.Snapshot().Webhook)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		r := sandbox(t)
		r.ninjaOne.SetSwitches(ninjaone.Switches{ForbidWebhook: true})
		r.otherTenant(ninjaone.Options{Seed: 9, Organizations: 3, Devices: 10})
		r.options.NewPair = true
		require.Empty(t, r.connect().Pair.Left, "then it isn't ours")
	})
}

// A connection that was removed leaves no webhook behind.
func TestRemovedConnectionLeavesNoWebhook(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	require.NoError(t, r.store.RetireConnection(t.Context(), r.name))
	require.Empty(t, r.leave())
	require.Empty(t, r.subscriptions())
	require.Nil(t, r.ninjaOne.Snapshot().Webhook)
	retired, err := r.store.RetiredConnections(t.Context())
	require.NoError(t, err)
	require.Len(t, retired, 1)

	require.True(t, r.connect().Ready, "it may be connected again")
	require.Equal(t, int64(2), r.stored().PairNumber, "nothing of the former one may pass for its own")
	require.Empty(t, r.leave())
	require.Len(t, r.subscriptions(), 1)
	require.NotNil(t, r.ninjaOne.Snapshot().Webhook)
	retired, err = r.store.RetiredConnections(t.Context())
	require.NoError(t, err)
	require.Empty(t, retired)
}

// A deployment that never answers again, or whose credentials can't be opened any more, is given up after a week.
func TestFormerDeploymentIsGivenUp(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	former := r.accelo
	r.otherDeployment("production")
	fault(t, former.Lab().Faults, lab.Fault{Kind: lab.FaultStatus, Status: 401, Path: "/oauth2/v0/token"})
	r.options.NewPair = true
	require.Len(t, r.connect().Pair.Left, 1)
	r.leftAgo(6 * 24 * time.Hour)
	require.Len(t, r.leave(), 1)
	require.Equal(t, []int64{1}, r.owed())
	r.leftAgo(8 * 24 * time.Hour)
	require.Empty(t, r.leave())
	require.Empty(t, r.owed())
}
