package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/mapping"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

func (f *fakeOperations) SetOrganization(
	_ context.Context, actor operate.Actor, connection string, wish operate.OrganizationWish,
) (store.ListedOrganization, error) {
	text := "organization " + wish.NinjaID
	if wish.Sync != nil {
		text += fmt.Sprintf(" sync=%t", *wish.Sync)
	}
	if wish.CompanyID != nil {
		text += fmt.Sprintf(" company=%d affiliation=%d", *wish.CompanyID, *wish.AffiliationID)
	}
	return store.ListedOrganization{}, f.note(actor, "%s of %s", text, connection)
}

func (f *fakeOperations) MatchOrganizations(_ context.Context, actor operate.Actor, connection string) (operate.OrganizationMatches, error) {
	return operate.OrganizationMatches{Proposed: 2, Unmatched: 1}, f.note(actor, "match %s", connection)
}

func (f *fakeOperations) ConfirmMatches(_ context.Context, actor operate.Actor, connection string, asOf time.Time) (int, error) {
	return 2, f.note(actor, "confirm %s %s", connection, asOf.Format(time.RFC3339Nano))
}

func (f *fakeOperations) ExportOrganizations(_ context.Context, actor operate.Actor, connection string, to io.Writer) error {
	_, _ = io.WriteString(to, "organization_id\n")
	return f.note(actor, "export %s", connection)
}

func (f *fakeOperations) PlanOrganizations(
	_ context.Context, actor operate.Actor, connection string, file []byte,
) (operate.OrganizationsFile, error) {
	planned := operate.OrganizationsFile{Lines: 1}
	switch string(file) {
	case "bad":
		planned.Faults = []mapping.LineFault{{Line: 3, Reason: "company <b>9</b> does not exist in Accelo"}}
	case "good":
		planned.File, planned.Digest = "organization_id\n8\n", "d"
		planned.Changes = []mapping.Planned{{
			Organization: store.ListedOrganization{NinjaID: "8", Name: "Acme <i>", Sync: true},
			Change:       store.OrganizationChange{NinjaID: "8", Before: store.OrganizationChoice{Sync: true}, After: store.OrganizationChoice{CompanyID: 70}},
			CompanyID:    70, Company: "Acme Holding",
		}}
	}
	return planned, f.note(actor, "check %s", connection)
}

func (f *fakeOperations) ApplyOrganizations(
	_ context.Context, actor operate.Actor, connection string, file []byte, digest string,
) (int, error) {
	return 1, f.note(actor, "apply %s %s %q", connection, digest, file)
}

// Each button of the tab asks for one operation; a row's button leads back to the rows that were shown.
func TestOrganizationButtons(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	const tab = "/integrations/default/organizations"
	require.NoError(t, f.store.NoteOrganizations(t.Context(), "default", []store.NamedOrganization{{NinjaID: "8", Name: "Acme"}}))
	require.Contains(t, f.press(session, tab+"/match", nil).body, "Proposed a company for 2 organizations. Nothing is linked until you confirm.")
	shown := time.Now().UTC().Format(time.RFC3339Nano)
	require.Contains(t, f.press(session, tab+"/confirm", url.Values{"shown": {shown}}).body, "Confirmed 2 matches.")
	require.Contains(t, f.press(session, tab+"/confirm", nil).body, "look at the table and confirm it again")
	off := f.press(session, tab+"/change", url.Values{"ninja_id": {"8"}, "sync": {"off"}, "at": {"?only=unlinked&page=1&evil=x"}})
	require.Contains(t, off.body, "Switched off. What was imported stays")
	require.Contains(t, off.body, `<option value="unlinked" selected>`)
	f.press(session, tab+"/change", url.Values{"ninja_id": {"8"}, "company_id": {" 70 "}, "affiliation_id": {""}})
	require.Contains(t, f.press(session, tab+"/change", url.Values{"ninja_id": {"8"}, "company_id": {"x"}}).body, "is not an Accelo ID")
	require.Equal(t, []string{
		"match default", "confirm default " + shown, "organization 8 sync=false of default", "organization 8 company=70 affiliation=0 of default",
	}, f.buttons.asked)
}

// A file is checked first; only what was shown is applied.
func TestOrganizationFiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	const path = "/integrations/default/organizations/csv"
	exported := f.get(path, session)
	require.Equal(t, "organization_id\n", exported.body)
	require.Contains(t, exported.header.Get("Content-Disposition"), "organizations.csv")
	bad := f.upload(session, path, "bad")
	require.Contains(t, bad.body, "1 line can't be right, so nothing is changed.")
	require.Contains(t, bad.body, "company &lt;b&gt;9&lt;/b&gt; does not exist in Accelo")
	require.NotContains(t, bad.body, ">Apply<")
	good := f.upload(session, path, "good")
	require.Contains(t, good.body, "Acme &lt;i&gt;")
	require.Contains(t, good.body, "Acme Holding")
	require.Contains(t, good.body, `<button class="primary">Apply</button>`)
	applied := f.press(session, path+"/apply", url.Values{"file": {"organization_id\n8\n"}, "digest": {"d"}})
	require.Contains(t, applied.body, "Changed 1 organization.")
	require.Equal(t, `apply default d "organization_id\n8\n"`, f.buttons.asked[len(f.buttons.asked)-1])
	require.Equal(t, http.StatusSeeOther, f.upload(session, path, "").code, "a file without changes")
	require.Equal(t, http.StatusSeeOther, f.upload(session, path, string(bytes.Repeat([]byte("x"), 3<<20))).code, "a file that is too large")
}

// upload sends a file as a browser does.
func (f *fixture) upload(session *http.Cookie, path, content string) response {
	f.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "organizations.csv")
	require.NoError(f.t, err)
	_, err = io.WriteString(part, content)
	require.NoError(f.t, err)
	require.NoError(f.t, form.Close())
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, path, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.AddCookie(session)
	return f.send(request)
}

// 2,000 organizations come in pages and can be searched; those that are switched off say so.
func TestManyOrganizations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	var many []store.NamedOrganization
	for i := range 2000 {
		many = append(many, store.NamedOrganization{NinjaID: strconv.Itoa(i + 1), Name: fmt.Sprintf("Customer %04d", i+1)})
	}
	require.NoError(t, f.store.NoteOrganizations(t.Context(), "default", many))
	require.NoError(t, f.store.ChangeOrganizations(t.Context(), "default", []store.OrganizationChange{
		{NinjaID: "1234", Before: store.OrganizationChoice{Sync: true}},
	}))
	const tab = "/integrations/default/organizations"
	first := f.get(tab, session).body
	require.Contains(t, first, "of 2,000")
	require.NotContains(t, first, "Customer 1234")
	require.Contains(t, f.get(tab+"?page=2", session).body, `rel="prev"`)
	found := f.get(tab+"?q=customer+1234", session).body
	require.Contains(t, found, "Switched off")
	require.Contains(t, found, `aria-label="Switch on Customer 1234"`)
	require.Contains(t, f.get(tab+"?only=off", session).body, "Customer 1234")
	require.Contains(t, f.get(tab+"?q=nobody", session).body, "No organization fits this filter.")
	require.Contains(t, f.get(tab+"?q=customer&page=2", session).body, "?q=customer&amp;page=1")
}
