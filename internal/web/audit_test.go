package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// The audit says who did what, with the values before and after, the newest first and page by page.
func TestAuditTab(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.connect("other")
	session := f.logIn()
	require.Contains(t, textOf(f.get("/integrations/default/audit", session).body), "Nothing yet.")
	for i := range 103 {
		require.NoError(t, f.store.AppendAudit(t.Context(), store.AuditEntry{
			About: "default", Actor: "jane", Surface: "page", Role: "operator", Action: "retry", Subject: fmt.Sprintf("nr-%03d", i),
		}))
	}
	require.NoError(t, f.store.AppendAudit(t.Context(), store.AuditEntry{
		About: "default", Actor: "<b>jane</b>", Surface: "page", Role: "operator", Action: "relink", Subject: "device <i>8</i>",
		Before: json.RawMessage(`{"accelo_id": 7, "name": "<script>alert(1)</script>"}`), After: json.RawMessage(`"text"`),
	}))
	require.NoError(t, f.store.AppendAudit(t.Context(), store.AuditEntry{About: "other", Actor: "x", Action: "import", Subject: "elsewhere"}))

	body := f.get("/integrations/default/audit", session).body
	text := textOf(body)
	require.Contains(t, text, "<b>jane</b> page, operator relink device <i>8</i> accelo_id: 7 name: <script>alert(1)</script> text")
	require.Empty(t, foreignMarkup(body))
	require.Contains(t, text, "nr-102")
	require.Contains(t, text, "nr-004")
	require.NotContains(t, text, "nr-003")
	require.NotContains(t, text, "elsewhere")
	require.Contains(t, body, `href="?before=5"`)
	text = textOf(f.get("/integrations/default/audit?before=5", session).body)
	require.Contains(t, text, "nr-003")
	require.NotContains(t, text, "nr-004")
	require.Contains(t, text, "Newest")
	for _, query := range []string{"?before=x", "?before=-1", "?before=99999999999999999999"} {
		got := f.get("/integrations/default/audit"+query, session)
		require.Equal(t, http.StatusOK, got.code, query)
		require.Contains(t, textOf(got.body), "nr-102", query)
	}
}
