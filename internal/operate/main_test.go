package operate_test

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

var (
	jane   = operate.Actor{Name: "jane", Surface: "API", Role: operate.Operating}
	viewer = operate.Actor{Name: "vic", Surface: "API", Role: operate.Viewer}
)

// fixture is an Operator with a database, and with a Temporal server if a test starts one. Its connection is called msp.
type fixture struct {
	*operate.Operator
	t        *testing.T
	store    *store.Store
	tenants  *tenant.Provider
	temporal client.Client
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t}
	var err error
	f.store, err = store.Open(t.Context(), storetest.Database(t), store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(f.store.Close)
	box, err := secret.New(make([]byte, secret.KeySize))
	require.NoError(t, err)
	f.tenants = tenant.NewProvider(tenant.Options{Store: f.store, Box: box, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, f.tenants.Save(t.Context(), "msp", config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "secret"},
		Accelo:   config.Accelo{URL: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "secret"},
	}))
	f.Operator = operate.New(operate.Options{Store: f.store, Tenants: f.tenants})
	return f
}

// withTemporal starts Temporal and a worker whose workflows do what a test wants, by workflow type.
func (f *fixture) withTemporal(workflows map[string]any) *fixture {
	f.t.Helper()
	address, namespace := localtest.Temporal(f.t)
	var err error
	f.temporal, err = client.DialContext(f.t.Context(), client.Options{HostPort: address, Namespace: namespace})
	require.NoError(f.t, err)
	f.t.Cleanup(f.temporal.Close)
	w := worker.New(f.temporal, "queue", worker.Options{})
	for name, run := range workflows {
		w.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	require.NoError(f.t, w.Start())
	f.t.Cleanup(w.Stop)
	f.Operator = operate.New(operate.Options{
		Store: f.store, Tenants: f.tenants, Launcher: launch.New(f.temporal, "queue", nil),
	})
	return f
}

// fail records a failure.
func (f *fixture) fail(kind store.Kind, ninjaID string, organization int) store.Key {
	f.t.Helper()
	require.NoError(f.t, f.store.RecordFailure(f.t.Context(), store.Failure{
		Connection: "msp", Kind: kind, NinjaID: ninjaID, OrganizationID: organization, Name: "SHIP", Error: "rejected",
	}))
	return store.Key{Connection: "msp", Kind: kind, NinjaID: ninjaID}
}

// link stores a link, as a sync does.
func (f *fixture) link(kind store.Kind, ninjaID string, link store.Link) store.Key {
	f.t.Helper()
	key := store.Key{Connection: "msp", Kind: kind, NinjaID: ninjaID}
	_, _, err := f.store.Ensure(f.t.Context(), store.Creation{
		Key: key, OrganizationID: link.OrganizationID, MatchKey: ninjaID,
		Find: func(context.Context, *store.Doubtful) (*store.Link, error) { return &link, nil },
	})
	require.NoError(f.t, err)
	return key
}

// untilCancelled is an import that runs until it is cancelled. It answers how often it was paused and resumed.
func untilCancelled(ctx workflow.Context, _ flow.FullImportInput) ([]string, error) {
	var got []string
	for _, signal := range []string{flow.PauseSignal, flow.ResumeSignal} {
		workflow.Go(ctx, func(ctx workflow.Context) {
			for workflow.GetSignalChannel(ctx, signal).Receive(ctx, nil) {
				got = append(got, signal)
			}
		})
	}
	err := workflow.Await(ctx, func() bool { return len(got) == 2 })
	return got, err
}
