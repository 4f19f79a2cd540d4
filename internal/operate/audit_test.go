package operate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

var boss = operate.Actor{Name: "the boss", Surface: "page", Role: operate.Administrator}

// Every operation leaves one entry that says who, through what, and what it was done to.
func TestEveryOperationIsAudited(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withTemporal(map[string]any{
		flow.FullImport:         untilCancelled,
		flow.ImportOrganization: func(workflow.Context, flow.ImportOrganizationInput) error { return nil },
		flow.Reconcile:          func(workflow.Context, flow.ReconcileInput) error { return nil },
	})
	device := f.link(store.Devices, "8", store.Link{OrganizationID: 7, AcceloID: 12, CompanyID: 4})
	f.fail(store.Devices, "9", 7)
	ctx := t.Context()
	started, err := f.StartImport(ctx, jane, operate.StartImport{Connection: "msp"})
	require.NoError(t, err)
	_, err = f.SignalImport(ctx, jane, operate.ImportSignal{Connection: "msp", ID: started.ID, Action: operate.PauseImport})
	require.NoError(t, err)
	_, err = f.Reconcile(ctx, jane, "msp")
	require.NoError(t, err)
	_, err = f.Retry(ctx, jane, operate.Retry{Connection: "msp"})
	require.NoError(t, err)
	_, err = f.SyncRecord(ctx, jane, device)
	require.NoError(t, err)
	_, err = f.Dismiss(ctx, jane, store.Key{Connection: "msp", Kind: store.Devices, NinjaID: "9"})
	require.NoError(t, err)
	_, err = f.Unlink(ctx, jane, device)
	require.NoError(t, err)

	entries, err := f.store.Audit(ctx, store.AuditQuery{About: "msp", Limit: 100})
	require.NoError(t, err)
	var got []string
	for _, entry := range entries {
		require.Equal(t, []string{"jane", "API", "operator"}, []string{entry.Actor, entry.Surface, entry.Role})
		got = append(got, entry.Action+": "+entry.Subject)
	}
	require.Equal(t, []string{
		"unlink: device 8", "dismiss: device 9", "sync: device 8", "retry: all failed records", "reconcile: ",
		"pause import: import " + started.ID, "import: ",
	}, got)
}

// A token works from its creation to its deletion, with its role. Nothing but the answer to its creation holds it.
func TestTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	created, err := f.CreateToken(ctx, boss, operate.NewToken{Name: " ci ", Role: operate.Viewer})
	require.NoError(t, err)
	require.Equal(t, "ci", created.Name)
	require.Equal(t, "the boss (page)", created.CreatedBy)
	actor, err := f.TokenActor(ctx, created.Secret)
	require.NoError(t, err)
	require.Equal(t, operate.Actor{Name: "token ci", Surface: "API", Role: operate.Viewer}, actor)
	entries, err := f.store.Audit(ctx, store.AuditQuery{Limit: 1})
	require.NoError(t, err)
	require.NotContains(t, string(entries[0].After), created.Secret)

	require.NoError(t, f.DeleteToken(ctx, boss, created.ID))
	var unknown *operate.NotFoundError
	for _, secret := range []string{created.Secret, "", "nja_", "something else"} {
		_, err = f.TokenActor(ctx, secret)
		require.ErrorAs(t, err, &unknown)
	}
	require.ErrorAs(t, f.DeleteToken(ctx, boss, created.ID), &unknown)
}

func TestTokensAreForAdministrators(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var forbidden *operate.ForbiddenError
	_, err := f.CreateToken(t.Context(), jane, operate.NewToken{Name: "ci", Role: operate.Viewer})
	require.ErrorAs(t, err, &forbidden)
	_, err = f.Tokens(t.Context(), jane)
	require.ErrorAs(t, err, &forbidden)
	require.ErrorAs(t, f.DeleteToken(t.Context(), jane, "x"), &forbidden)

	past := time.Now()
	for member, in := range map[string]operate.NewToken{
		"name": {Name: " \x00", Role: operate.Viewer}, "role": {Name: "ci"}, "expires_at": {Name: "ci", Role: operate.Viewer, ExpiresAt: &past},
	} {
		_, err := f.CreateToken(t.Context(), boss, in)
		var invalid *operate.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, member, invalid.Member)
	}
	_, err = operate.ParseRole("root")
	require.ErrorContains(t, err, `unknown role "root"`)
}
