package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/operate"
)

// The settings lead to the archive for support. What is in the way is said there.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	require.Contains(t, f.get("/integrations/default/settings", session).body, `href="/integrations/default/diagnostics" download>Diagnostics</a>`)
	got := f.get("/integrations/default/diagnostics", session)
	require.Equal(t, http.StatusOK, got.code)
	require.Equal(t, "archive", got.body)
	require.Equal(t, "application/zip", got.header.Get("Content-Type"))
	require.Contains(t, got.header.Get("Content-Disposition"), "attachment; filename=diagnostics-default-")
	require.Equal(t, []string{"diagnose default"}, f.buttons.asked)
	f.buttons.err = &operate.ForbiddenError{Needs: operate.Administrator}
	got = f.get("/integrations/default/diagnostics", session)
	require.Equal(t, http.StatusSeeOther, got.code)
	f.buttons.err = nil
	require.Contains(t, textOf(f.get("/integrations/default/settings", session, got.cookie).body), "This needs the role administrator.")
	require.Contains(t, f.get("/integrations/default/diagnostics").header.Get("Location"), "/login")
}
