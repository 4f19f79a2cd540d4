package web_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/web"
)

// fakeOperations records what the buttons ask for, and fails if told to.
type fakeOperations struct {
	web.SignIns // not called
	asked       []string
	actors      []operate.Actor
	err         error
	// ended means that Temporal knows no running import, paused that the one that runs is paused.
	ended, paused bool
	test          flow.TestAlertResult
	// types are the request types that Accelo lists, typesErr why it lists none.
	types    []string
	typesErr error
}

func (f *fakeOperations) PendingConnections(context.Context, operate.Actor) ([]operate.Pending, error) {
	return nil, nil
}

func (f *fakeOperations) SignInSetup(string) operate.SignInSetup { return operate.SignInSetup{} }

func (f *fakeOperations) ImportRuns(context.Context, string, string) (bool, error) {
	return !f.ended, nil
}

func (f *fakeOperations) ImportPaused(context.Context, string) (bool, error) { return f.paused, nil }

func (f *fakeOperations) note(actor operate.Actor, format string, values ...any) error {
	f.asked, f.actors = append(f.asked, fmt.Sprintf(format, values...)), append(f.actors, actor)
	return f.err
}

func (f *fakeOperations) StartImport(_ context.Context, actor operate.Actor, in operate.StartImport) (operate.Import, error) {
	return operate.Import{ID: "r"}, f.note(actor, "import %s plan=%t%s", in.Connection, in.Plan, selectionText(in.Selection))
}

func selectionText(selection rules.Selection) string {
	if selection.Everything() {
		return ""
	}
	return fmt.Sprintf(" %v %v", selection.Records, selection.Organizations)
}

func (f *fakeOperations) SignalImport(_ context.Context, actor operate.Actor, in operate.ImportSignal) (operate.Import, error) {
	return operate.Import{}, f.note(actor, "%s %s %s", in.Action, in.Connection, in.ID)
}

func (f *fakeOperations) Reconcile(_ context.Context, actor operate.Actor, connection string) (operate.Reconciliation, error) {
	return operate.Reconciliation{}, f.note(actor, "reconcile %s", connection)
}

func (f *fakeOperations) SendTestAlert(_ context.Context, actor operate.Actor, connection string) (flow.TestAlertResult, error) {
	return f.test, f.note(actor, "test alert %s", connection)
}

func (f *fakeOperations) RequestTypes(context.Context, operate.Actor, string) ([]string, error) {
	return f.types, f.typesErr
}

func (f *fakeOperations) Diagnose(_ context.Context, actor operate.Actor, connection string, to io.Writer) ([]string, error) {
	_, _ = io.WriteString(to, "archive")
	return nil, f.note(actor, "diagnose %s", connection)
}

func (f *fakeOperations) ApproveShown(
	_ context.Context, actor operate.Actor, connection string, shown time.Time,
) (operate.Reconciliation, error) {
	return operate.Reconciliation{}, f.note(actor, "approve %s %s", connection, shown.Format(time.RFC3339Nano))
}

func (f *fakeOperations) Retry(_ context.Context, actor operate.Actor, in operate.Retry) (operate.Retried, error) {
	return operate.Retried{Failures: []store.Failure{{}}}, f.note(actor, "retry %s %v", in.Connection, in.Selection)
}

func (f *fakeOperations) Dismiss(_ context.Context, actor operate.Actor, key store.Key) (store.Failure, error) {
	return store.Failure{Kind: key.Kind, NinjaID: key.NinjaID}, f.note(actor, "dismiss %v", key)
}

func (f *fakeOperations) SyncRecord(_ context.Context, actor operate.Actor, key store.Key) (operate.Synced, error) {
	return operate.Synced{}, f.note(actor, "sync %v", key)
}

func (f *fakeOperations) Relink(_ context.Context, actor operate.Actor, in operate.Relink) (operate.Correction, error) {
	return operate.Correction{Kind: in.Key.Kind, AcceloID: in.AcceloID}, f.note(actor, "relink %v to %d", in.Key, in.AcceloID)
}

func (f *fakeOperations) Unlink(_ context.Context, actor operate.Actor, key store.Key) (operate.Correction, error) {
	return operate.Correction{}, f.note(actor, "unlink %v", key)
}

func (f *fakeOperations) Create(_ context.Context, actor operate.Actor, in operate.NewConnection) (operate.Report, error) {
	return operate.Report{}, f.note(actor, "create %s", in.Name)
}

func (f *fakeOperations) Change(_ context.Context, actor operate.Actor, in operate.Change) (operate.Report, error) {
	return operate.Report{}, f.note(actor, "change %s", in.Connection)
}

func (f *fakeOperations) Options(context.Context, operate.Actor, string) (operate.ConnectionOptions, error) {
	return operate.ConnectionOptions{Options: map[string]string{"on_reset": "close"}, Defaults: []string{"on_reset"}}, f.err
}

func (f *fakeOperations) SetOptions(_ context.Context, actor operate.Actor, in operate.SetOptions) (operate.ConnectionOptions, error) {
	return operate.ConnectionOptions{}, f.note(actor, "options of %s: %v", in.Connection, in.Options)
}

func (f *fakeOperations) Disconnect(_ context.Context, actor operate.Actor, connection string) ([]string, error) {
	return nil, f.note(actor, "disconnect %s", connection)
}

// press submits a form and returns the page that the browser shows next.
func (f *fixture) press(session *http.Cookie, path string, values url.Values) response {
	f.t.Helper()
	request := f.form(path, values)
	request.AddCookie(session)
	got := f.send(request)
	require.Equal(f.t, http.StatusSeeOther, got.code, path)
	require.NotNil(f.t, got.cookie, path)
	return f.get(got.header.Get("Location"), session, got.cookie)
}

// Each button asks for one operation, on behalf of the user, and its page then says what was done.
func TestButtons(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.fail(store.Failure{Connection: "default", Kind: store.Devices, NinjaID: "9", Name: "SRV", WorkflowID: "w", Error: "no"})
	session := f.logIn()
	tests := []struct {
		path        string
		form        url.Values
		asked, said string
	}{
		{"/reconcile", nil, "reconcile default", "Reconciliation started. Reconcile now"},
		{"/test-alert", nil, "test alert default", "The test alert passed."},
		{"/import/preview", nil, "import default plan=true", "Preview started. Nothing is written to Accelo."},
		{"/import/full", nil, "import default plan=false", "Import started."},
		{"/import/pause", url.Values{"id": {"r-1"}}, "pause default r-1", "Pausing."},
		{"/import/resume", url.Values{"id": {"r-1"}}, "resume default r-1", "Resumed."},
		{"/import/cancel", url.Values{"id": {"r-1"}}, "cancel default r-1", "Cancelling."},
		{"/failures/retry", url.Values{"all": {"1"}}, "retry default {0 0 }", "Retrying with 1 workflow."},
		{"/failures/retry", url.Values{"kind": {"device"}, "id": {"9"}}, "retry default {0 9 }", "Retry Dismiss Retrying."},
		{"/failures/dismiss", url.Values{"kind": {"device"}, "id": {"9"}}, "dismiss {default device 9}", "Dismissed device 9."},
		{"/records/device/9/sync", nil, "sync {default device 9}", "Sync started. Sync now"},
		{"/records/device/9/relink", url.Values{"accelo_id": {" 12 "}}, "relink {default device 9} to 12", "Linked to asset 12."},
		{"/records/device/9/unlink", nil, "unlink {default device 9}", "Unlinked."},
	}
	for _, test := range tests {
		f.buttons.asked, f.buttons.err, f.buttons.test.State = nil, nil, flow.TestPassed
		got := f.press(session, "/integrations/default"+test.path, test.form)
		require.Equal(t, http.StatusOK, got.code, test.path)
		require.Equal(t, []string{test.asked}, f.buttons.asked, test.path)
		require.Contains(t, textOf(got.body), test.said, test.path)
		require.Contains(t, got.body, `class="done" role="status"`, test.path)
		require.Equal(t, operate.Actor{Name: "admin token", Surface: "page", Role: operate.Administrator}, f.buttons.actors[0], test.path)

		f.buttons.err = &operate.ConflictError{Reason: "import r-1 has <b>ended</b>"}
		got = f.press(session, "/integrations/default"+test.path, test.form)
		require.Contains(t, got.body, `class="alert" role="alert">Import r-1 has &lt;b&gt;ended&lt;/b&gt;.<`, test.path)
		require.NotContains(t, textOf(f.get("/integrations/default/failures", session).body), "ended", "a message is shown once")
		f.buttons.actors = nil
	}
}

// What a button can't do is told in words, and only our own ones.
func TestButtonProblems(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	for _, test := range []struct {
		err  error
		want string
	}{
		{&operate.NotReadyError{Connection: "default"}, "is not set up: connect it first."},
		{&operate.ForbiddenError{Needs: operate.Operating}, "This needs the role operator."},
		{&operate.UnavailableError{What: "Temporal", Err: errors.New("dial 10.0.0.1")}, "We can't reach Temporal. Nothing was changed."},
		{errors.New("secret detail"), "The server log has the reason."},
	} {
		f.buttons.err = test.err
		body := f.press(session, "/integrations/default/reconcile", nil).body
		require.Contains(t, textOf(body), test.want)
		require.NotContains(t, body, "10.0.0.1")
		require.NotContains(t, body, "secret detail")
	}
	f.buttons.err, f.buttons.asked = nil, nil
	body := f.press(session, "/integrations/default/failures/retry", url.Values{"kind": {"device"}, "id": {"x"}}).body
	require.Contains(t, textOf(body), `"x" is not a NinjaOne ID`)
	require.Empty(t, f.buttons.asked)
}

// Buttons work with a session and from our own pages only, and never by following a link.
func TestButtonsAreProtected(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	for _, path := range []string{
		"/reconcile", "/test-alert", "/approve", "/import/preview", "/import/full", "/import/pause", "/import/resume", "/import/cancel", "/failures/retry",
		"/failures/dismiss", "/records/device/9/sync", "/records/device/9/relink", "/records/device/9/unlink",
	} {
		got := f.send(f.form("/integrations/default"+path, nil))
		require.Equal(t, "/login", got.header.Get("Location"), path)
		crossSite := f.form("/integrations/default"+path, nil)
		crossSite.AddCookie(session)
		crossSite.Header.Set("Sec-Fetch-Site", "cross-site")
		require.Equal(t, http.StatusForbidden, f.send(crossSite).code, path)
		require.NotEqual(t, http.StatusOK, f.get("/integrations/default"+path, session).code, path)
		unknown := f.form("/integrations/unknown"+path, nil)
		unknown.AddCookie(session)
		require.Equal(t, http.StatusNotFound, f.send(unknown).code, path)
	}
	require.Empty(t, f.buttons.asked)
}

// An approval names what the page showed.
func TestApprove(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	check := time.Now()
	_, err := f.store.RequestApproval(t.Context(), "default", store.PendingApproval{
		WorkflowID: "reconcile/default", RunID: "r", Reason: "14 of 14 alerts are missing", Since: check, CheckedAt: check,
	}, check, check.Add(-time.Hour))
	require.NoError(t, err)
	body := f.get("/integrations/default", session).body
	require.Contains(t, textOf(body), "14 of 14 alerts are missing")
	require.Contains(t, textOf(f.press(session, "/integrations/default/approve", nil).body), "This form doesn't say what it approves")
	require.Empty(t, f.buttons.asked)
	state, err := f.store.ReconcileState(t.Context(), "default")
	require.NoError(t, err)
	shown := state.PendingApproval.ShownAt.Format(time.RFC3339Nano)
	require.Contains(t, html.UnescapeString(body), `name="shown" value="`+shown+`"`)
	require.Contains(t, textOf(f.press(session, "/integrations/default/approve", url.Values{"shown": {shown}}).body), "Approved.")
	require.Equal(t, []string{"approve default " + shown}, f.buttons.asked)
	f.buttons.err = &operate.ConflictError{Reason: "nothing needs approval"}
	require.Contains(t, textOf(f.press(session, "/integrations/default/approve", url.Values{"shown": {shown}}).body), "Nothing needs approval.")
}

// A message that is not ours, or was changed, is not shown.
func TestForeignMessages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	request := f.form("/integrations/default/reconcile", nil)
	request.AddCookie(session)
	good := f.send(request).cookie.Value
	read := func(value string) string {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/integrations/default", nil)
		request.Header.Set("Cookie", "integrations_session="+session.Value+"; integrations_message="+value)
		return f.send(request).body
	}
	for _, value := range []string{"", "x", good + "x", "x" + good, "eyJhdCI6IiIsInRleHQiOiJldmlsIn0."} {
		require.NotContains(t, read(value), `class="done"`, value)
	}
	require.Contains(t, read(good), `class="done"`)
}
