package operate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/operate"
)

// Only administrators sign in, and only where the vendors can lead users back to.
func TestSignInIsForAdministrators(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, role := range []operate.Role{operate.NoRole, operate.Viewer, operate.Operating} {
		actor := operate.Actor{Role: role}
		for name, call := range map[string]func() error{
			"begin": func() error { _, err := f.BeginSignIn(t.Context(), actor, operate.NewConnection{}); return err },
			"NinjaOne": func() error {
				_, err := f.BeginAtNinjaOne(t.Context(), actor, operate.NinjaOneCredentials{})
				return err
			},
			"reconnect": func() error { _, err := f.BeginReconnect(t.Context(), actor, "default"); return err },
			"pending":   func() error { _, err := f.Pending(t.Context(), actor, "x"); return err },
			"change":    func() error { _, err := f.ChangePending(t.Context(), actor, operate.PendingChange{}); return err },
			"discard":   func() error { return f.DiscardPending(t.Context(), actor, "x") },
			"away":      func() error { _, err := f.SendAway(t.Context(), actor, "x", nil); return err },
			"back":      func() error { _, err := f.ComeBack(t.Context(), actor, operate.ComingBack{}); return err },
			"complete":  func() error { _, err := f.Complete(t.Context(), actor, "x"); return err },
		} {
			var forbidden *operate.ForbiddenError
			require.ErrorAs(t, call(), &forbidden, name)
		}
	}
	_, err := f.BeginAtNinjaOne(t.Context(), operate.Actor{Role: operate.Administrator}, operate.NinjaOneCredentials{})
	require.ErrorContains(t, err, "PUBLIC_URL is not set")
}
