//go:build !unit

package browsertest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local/browsertest"
)

// The checker finds what is wrong with a page, so a page without violations is one that it has looked at.
func TestViolations(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><html><title>Bad</title><main><h1>Bad</h1><input><p style="color:#ccc;background:#fff">Faint</p></main></html>`))
	}))
	t.Cleanup(server.Close)
	b := browsertest.New(t)
	b.Run(chromedp.Navigate(server.URL))
	var rules []string
	for _, violation := range b.Violations() {
		rules = append(rules, violation.ID)
		require.NotEmpty(t, violation.Nodes)
		require.NotEmpty(t, violation.Nodes[0].FailureSummary)
	}
	slices.Sort(rules)
	require.Equal(t, []string{"color-contrast", "html-has-lang", "label"}, rules)
}
