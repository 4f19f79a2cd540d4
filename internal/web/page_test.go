package web_test

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/web"
)

// Without connections, the page says how to create the first one.
func TestPageWithoutConnections(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.get("/integrations", f.logIn())
	require.Equal(t, http.StatusOK, got.code)
	require.Contains(t, got.body, "No connections yet")
	for _, text := range []string{"NINJAONE_CLIENT_ID", "ACCELO_DEPLOYMENT", "starter connect", "starter import"} {
		require.Contains(t, got.body, text)
	}
}

// The overview shows what the database knows about a connection, and the failures have a tab of their own.
func TestPageShowsConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default", `Create the request type "NinjaOne Alerts"`)
	f.link(store.KeyOf("default", store.Organizations, 7), 4711, rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"})
	require.NoError(t, f.store.MarkWaiting(t.Context(), store.Link{Connection: "default", Kind: store.Devices, NinjaID: "8"}))
	f.fail(store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: "9", Name: "SRV-01",
		WorkflowID: "import-organization/default/7", Error: "Accelo rejected the title",
	})
	f.finishImport("default", flow.ImportResult{
		Seconds: 150, Organizations: flow.Counts{Created: 1}, Devices: flow.Counts{Created: 12345, Failed: 1},
		APICalls: flow.APICalls{Ninjaone: 14, Accelo: 12400, AcceloWrites: 12347},
	})
	f.clock = time.Now()
	require.NoError(t, f.store.SaveBudget(t.Context(), "default", store.Budget{
		Limit: 5000, Remaining: 900, Reset: f.clock.Add(30*time.Minute + time.Second), SeenAt: f.clock,
	}))
	session := f.logIn()

	text := textOf(f.get("/integrations", session).body)
	for _, want := range []string{
		"Connect your deployment to NinjaOne", "default Connected – action needed", "n.example → a.example",
		"1 organization, 0 devices, 0 open alerts", "1 failed record",
	} {
		require.Contains(t, text, want)
	}
	body := f.get("/integrations/default", session).body
	text = textOf(body)
	for _, want := range []string{
		"default Connected – action needed", `Action required Create the request type "NinjaOne Alerts"`, "Then run starter connect to verify",
		"Organizations 1 0", "Devices 0 1", "Alerts 0 0", "0 open alerts.",
		"900 of 5,000 calls left", "Resets in 30 minutes", "Running low",
		"took 2 minutes", "Devices 12,345 0 0 0 0 1", "14 to NinjaOne, 12,400 to Accelo (12,347 of them writes)",
		"organization 7 Accelo ID 4711 name Acme LLC Acme",
		"Checklist ✓ NinjaOne connected – done ✓ Accelo connected – done ○ Request type chosen – to do: Import ✓ Organizations reviewed – done",
	} {
		require.Contains(t, text, want)
	}
	require.Contains(t, body, `<rect width="18%" height="100%"/>`)
	require.Contains(t, textOf(f.get("/integrations/default/failures", session).body), "SRV-01 device 9 Accelo rejected the title")
}

// The page tells the states of a connection apart in words.
func TestPageShowsState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		settings store.Settings
		ready    bool
		todo     []string
		want     string
	}{
		{"ready", store.Settings{Connected: true}, true, nil, "default Connected Overview"},
		{"ready, action needed", store.Settings{Connected: true}, true, []string{"Add a field"}, "default Connected – action needed Overview"},
		{"not ready", store.Settings{Connected: true}, false, []string{"Create a type"}, "default Connected – action needed Overview"},
		{"refused", store.Settings{}, false, []string{"Enter other keys"}, "default Not connected Overview"},
		{"never checked", store.Settings{}, false, nil, "Run starter connect to check"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.connect("default")
			require.NoError(t, f.store.SaveSettings(t.Context(), "default", test.settings, test.ready, test.todo))
			text := textOf(f.get("/integrations/default", f.logIn()).body)
			require.Contains(t, text, test.want)
			require.Contains(t, text, "Unknown until the first API call.")
			require.Contains(t, text, "Last full import None yet. Start one on the tab Import")
		})
	}
}

// Every tab of a connection is a link, the current one is marked, and an unknown connection has none of them.
func TestTabs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const name = "Müller & Söhne/Nord?"
	f.connect(name)
	session := f.logIn()
	for title, path := range map[string]string{
		"Overview": "", "Organizations": "/organizations", "Import": "/import", "Alerts": "/alerts", "Rules": "/rules", "Failures": "/failures",
		"Settings": "/settings", "Audit": "/audit",
	} {
		got := f.get("/integrations/M%C3%BCller%20&%20S%C3%B6hne%2FNord%3F"+path, session)
		require.Equal(t, http.StatusOK, got.code, title)
		require.Contains(t, html.UnescapeString(got.body), "<h1><bdi>"+name+"</bdi></h1>", title)
		require.Contains(t, got.body, ` aria-current="page">`+title+"</a>", title)
		_, navigation, _ := strings.Cut(got.body, `<nav class="tabs"`)
		navigation, _, _ = strings.Cut(navigation, "</nav>")
		require.Equal(t, 8, strings.Count(navigation, `href="/integrations/M%C3%BCller%20&amp;%20S%C3%B6hne%2FNord%3F`), title)
		require.Equal(t, http.StatusNotFound, f.get("/integrations/unknown"+path, session).code, title)
		require.Equal(t, http.StatusSeeOther, f.get("/integrations/unknown"+path).code, title)
	}
}

// Names and messages are untrusted: none of them becomes part of the page's markup.
func TestPageEscapes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, nasty string }{
		{"element", `<script>alert(1)</script>`},
		{"end of an attribute", `"><img src=x onerror=alert(1)>`},
		{"single quotes", `' onmouseover='alert(1)`},
		{"end of other elements", `</textarea></title></style><svg onload=alert(1)>`},
		{"script URL", `javascript:alert(1)//`},
		{"templates", `{{.Content}} ${7*7} %s %n`},
		{"right to left, accents, emoji", "\u202etxt.exe e\u0301 日本語 🖥"},
		{"long", strings.Repeat("W", 300)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			nasty := test.nasty
			f := newFixture(t)
			f.connect(nasty, nasty)
			f.link(store.KeyOf(nasty, store.Organizations, 1), 2, rules.ManualChange{Field: nasty, Accelo: nasty, Ninja: nasty})
			f.fail(store.Failure{Connection: nasty, Kind: store.Kind(nasty), NinjaID: nasty, Name: nasty, WorkflowID: nasty, Error: nasty})
			session, seen := f.logIn(), 0
			for _, path := range []string{"/integrations", at(nasty), at(nasty, "failures"), at(nasty, "settings")} {
				got := f.get(path, session)
				require.Equal(t, http.StatusOK, got.code, path)
				seen += strings.Count(html.UnescapeString(got.body), nasty)
				require.Empty(t, foreignMarkup(got.body), path)
			}
			require.GreaterOrEqual(t, seen, 10)
		})
	}
}

// Links work for any workflow id, and are hidden if there is no Temporal UI.
func TestPageLinksToTemporal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.fail(store.Failure{Connection: "default", Kind: store.Devices, NinjaID: "1", WorkflowID: `import-organization/ä?#"/7`})
	session := f.logIn()
	const link = `href="https://temporal.example/ui/namespaces/msp%20one/workflows/import-organization%2F%C3%A4%3F%23%22%2F7"`
	require.Contains(t, f.get("/integrations/default/failures", session).body, link)
	f.serve(web.Options{})
	body := f.get("/integrations/default/failures", session).body
	require.Contains(t, html.UnescapeString(body), `import-organization/ä?#"/7`)
	require.NotContains(t, body, "temporal.example")
}

// A long table has pages.
func TestTablePages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	for i := range 203 {
		f.fail(store.Failure{Connection: "default", Kind: store.Devices, NinjaID: fmt.Sprintf("nr-%03d", i), WorkflowID: "w", Error: "no"})
	}
	session := f.logIn()
	tests := []struct{ query, first, last, want, link string }{
		{"", "nr-000", "nr-099", "1–100 of 203 Next", `href="?page=2"`},
		{"?page=2", "nr-100", "nr-199", "101–200 of 203 Previous Next", `href="?page=3"`},
		{"?page=3", "nr-200", "nr-202", "201–203 of 203 Previous", `href="?page=2"`},
		{"?page=99", "nr-200", "nr-202", "201–203 of 203 Previous", ""},
		{"?page=-1", "nr-000", "nr-099", "1–100 of 203 Next", ""},
		{"?page=x", "nr-000", "nr-099", "1–100 of 203 Next", ""},
	}
	for _, test := range tests {
		body := f.get("/integrations/default/failures"+test.query, session).body
		text := textOf(body)
		require.Contains(t, text, test.want, test.query)
		require.Contains(t, text, test.first, test.query)
		require.Contains(t, text, test.last, test.query)
		require.Contains(t, body, test.link, test.query)
		require.LessOrEqual(t, strings.Count(text, "device nr-"), 100, test.query)
	}
}

// An import result from another version does not break the page.
func TestPageWithUnreadableImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.finishImport("default", []string{"not", "a", "result"})
	got := f.get("/integrations/default", f.logIn())
	require.Equal(t, http.StatusOK, got.code)
	require.Contains(t, got.body, "saved by a different version")
}

// After the reset the page shows the full budget, and no reset in the past.
func TestPageBudgetAfterReset(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	require.NoError(t, f.store.SaveBudget(t.Context(), "default", store.Budget{
		Limit: 5000, Remaining: 3, Reset: f.clock.Add(-3*time.Hour - time.Minute), SeenAt: f.clock.Add(-4 * time.Hour),
	}))
	text := textOf(f.get("/integrations/default", f.logIn()).body)
	require.Contains(t, text, "5,000 of 5,000 calls left")
	require.Contains(t, text, "Unused since the last reset, 3 hours ago")
}

// While the database is unavailable the page says so, and refreshes until it is back.
func TestPageWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session := f.logIn()
	f.dropDatabase()
	got := f.get("/integrations", session)
	require.Equal(t, http.StatusServiceUnavailable, got.code)
	require.NotEmpty(t, got.header.Get("Retry-After"))
	require.Contains(t, got.body, "reach the database")
	require.Contains(t, got.body, `http-equiv="refresh"`)
	require.NotContains(t, got.body, "127.0.0.1")
}

// The page refreshes automatically, and users can pause that.
func TestPageRefresh(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session := f.logIn()
	shown := f.get("/integrations", session).body
	require.Contains(t, shown, `<noscript><meta http-equiv="refresh" content="30"></noscript>`)
	require.Contains(t, shown, `data-refresh="30"`)
	for path, why := range map[string]string{"/integrations?refresh=off": "paused", "/login": "a refresh would discard what the user types"} {
		require.NotContains(t, f.get(path, session).body, "http-equiv", why)
		require.NotContains(t, f.get(path, session).body, "data-refresh", why)
	}
}

// Every page forbids what it doesn't need: scripts, frames, caches and content from other sites.
func TestPageHeaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	crossSite := f.form("/login", nil)
	crossSite.Header.Set("Sec-Fetch-Site", "cross-site")
	responses := map[string]response{
		"overview": f.get("/integrations", f.logIn()), "login": f.get("/login"), "blocked": f.send(crossSite), "unknown": f.get("/integrations/unknown", f.logIn()),
	}
	for name, got := range responses {
		policy := got.header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'", name)
		require.Contains(t, policy, "frame-ancestors 'none'", name)
		require.NotContains(t, policy, "unsafe", name)
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"), name)
		require.Equal(t, "same-origin", got.header.Get("Referrer-Policy"), name)
		require.Equal(t, "no-store", got.header.Get("Cache-Control"), name)
		require.NotRegexp(t, `style=|<script(?:>| [^s])|<style|\son[a-z]+=|https?://`, got.body, "%s: the policy forbids it", name)
	}
}

// The style sheet and the icon are served and can be revalidated. Nothing else is served.
func TestAssets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for file, kind := range map[string]string{"style.css": "text/css", "icon.svg": "image/svg+xml"} {
		got := f.get("/assets/" + file)
		require.Equal(t, http.StatusOK, got.code)
		require.Contains(t, got.header.Get("Content-Type"), kind)
		require.NotEmpty(t, got.body)
		revalidation := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/assets/"+file, nil)
		revalidation.Header.Set("If-None-Match", got.header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, f.send(revalidation).code)
	}
	for _, file := range []string{"", "nothing.css", "..%2Ftemplates%2Flogin.html", "%2E%2E", ".", "..%5Cpage.go"} {
		require.NotEqual(t, http.StatusOK, f.get("/assets/"+file).code, file)
	}
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	values = regexp.MustCompile(`="[^"]*"`)
	// addresses finds scripts in the addresses of links, images and forms.
	addresses = regexp.MustCompile(`(?i) (href|src|action|formaction)="\s*javascript:`)
	spaces    = regexp.MustCompile(`\s+`)
)

// textOf returns the text of a page without its markup.
func textOf(body string) string {
	return spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(body, " ")), " ")
}

// ownScript is the one script that a page may load.
const ownScript = `<script src="/assets/page.js" defer></script>`

// foreignMarkup returns the tags with markup that no template has. Within quotes only an address can do harm.
func foreignMarkup(body string) []string {
	var foreign []string
	for _, tag := range tags.FindAllString(strings.ReplaceAll(body, ownScript, ""), -1) {
		if addresses.MatchString(tag) || strings.Contains(tag, "ZgotmplZ") {
			foreign = append(foreign, tag)
		}
		for _, mark := range []string{"<script", "<img src=x", " onerror", " onload", " onmouseover"} {
			if strings.Contains(values.ReplaceAllString(tag, ""), mark) {
				foreign = append(foreign, tag)
			}
		}
	}
	return foreign
}

// at returns the path of a connection's page.
func at(name string, below ...string) string {
	path := "/integrations/" + url.PathEscape(name)
	for _, part := range below {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return jar
}

// visit sends a request as a browser does and returns the page after redirects.
func visit(t *testing.T, browser *http.Client, method, address string, form url.Values) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := browser.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}
