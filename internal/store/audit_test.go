package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

func audit(ctx context.Context, action string) context.Context {
	return store.WithAudit(ctx, store.AuditEntry{About: connection, Actor: "jane", Surface: "API", Role: "operator", Action: action})
}

// A correction and its audit entry are one transaction. The entry outlives the connection's move, because people look it up then.
func TestAuditOfCorrections(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.fill(t.Context(), connection, 1001)
	_, err := d.Relink(audit(t.Context(), "relink"), store.Correction{Key: organization(5), AcceloID: 1002, CompanyID: 1002, Actor: "jane (API)"})
	require.NoError(t, err)
	_, err = d.Forget(audit(t.Context(), "unlink"), organization(5), "jane (API)")
	require.NoError(t, err)
	_, err = d.Forget(audit(t.Context(), "unlink"), organization(5), "jane (API)")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = d.DismissFailure(audit(t.Context(), "dismiss"), device(8))
	require.NoError(t, err)
	d.move(connection)

	entries, err := d.Audit(t.Context(), store.AuditQuery{About: connection, Limit: 10})
	require.NoError(t, err)
	require.Len(t, entries, 3, "what changed nothing is no entry")
	dismissed, unlinked, relinked := entries[0], entries[1], entries[2]
	require.Equal(t, "dismiss", dismissed.Action)
	require.Equal(t, "device 8", dismissed.Subject)
	require.Contains(t, string(dismissed.Before), "refused")
	require.Nil(t, dismissed.After)
	require.JSONEq(t, `{"state":"linked","accelo_id":1002,"company_id":1002}`, string(unlinked.Before))
	require.Nil(t, unlinked.After)
	require.Equal(t, "organization 5", relinked.Subject)
	require.Contains(t, string(relinked.Before), `"accelo_id": 1001`)
	require.Equal(t, "jane", relinked.Actor)
	require.Equal(t, "operator", relinked.Role)
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for _, about := range []string{connection, "other", connection, ""} {
		require.NoError(t, d.AppendAudit(t.Context(), store.AuditEntry{
			About: about, Actor: "jane\x00", Surface: "page", Role: "operator", Action: "import", After: json.RawMessage(`{"plan":true}`),
		}))
	}
	all, err := d.Audit(t.Context(), store.AuditQuery{Limit: 3})
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, "jane", all[0].Actor)
	rest, err := d.Audit(t.Context(), store.AuditQuery{Before: all[2].ID, Limit: 3})
	require.NoError(t, err)
	require.Len(t, rest, 1)
	one, err := d.Audit(t.Context(), store.AuditQuery{About: connection, Limit: 3})
	require.NoError(t, err)
	require.Len(t, one, 2)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	hash := func(text string) []byte { sum := sha256.Sum256([]byte(text)); return sum[:] }
	past := time.Now().Add(-time.Hour)
	created, err := d.CreateToken(audit(t.Context(), "create token"), store.Token{ID: "a", Name: "ci", Role: "viewer", CreatedBy: "jane"}, hash("one"))
	require.NoError(t, err)
	require.False(t, created.CreatedAt.IsZero())
	_, err = d.CreateToken(t.Context(), store.Token{ID: "b", Name: "old", Role: "operator", ExpiresAt: &past}, hash("two"))
	require.NoError(t, err)

	used, err := d.UseToken(t.Context(), hash("one"))
	require.NoError(t, err)
	require.Equal(t, "viewer", used.Role)
	for _, unknown := range []string{"two", "three"} { // expired, and never there
		_, err = d.UseToken(t.Context(), hash(unknown))
		require.ErrorIs(t, err, store.ErrNotFound)
	}
	tokens, err := d.Tokens(t.Context())
	require.NoError(t, err)
	require.Len(t, tokens, 2)
	require.NotNil(t, tokens[0].LastUsedAt)
	require.Nil(t, tokens[1].LastUsedAt)

	require.NoError(t, d.DeleteToken(audit(t.Context(), "delete token"), "a"))
	require.ErrorIs(t, d.DeleteToken(t.Context(), "a"), store.ErrNotFound)
	_, err = d.UseToken(t.Context(), hash("one"))
	require.ErrorIs(t, err, store.ErrNotFound)
	entries, err := d.Audit(t.Context(), store.AuditQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, "token ci", entries[0].Subject)
	require.Contains(t, string(entries[1].After), "viewer")
}
