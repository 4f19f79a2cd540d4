package connect_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/webhook"
)

const publicURL = "https://sync.example.com"

// subscriptions returns Accelo's webhook subscriptions, each as event and URL.
func (r *rig) subscriptions() []string {
	var found []string
	for _, subscription := range r.accelo.Snapshot().Subscriptions {
		found = append(found, subscription.EventID+" "+subscription.TriggerURL)
	}
	return found
}

// Without a public URL no webhook is registered, and the report says so.
func TestConnectWithoutPublicURL(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	report := r.connect()
	require.Equal(t, "not registered: PUBLIC_URL is not set", report.Webhooks.NinjaOne)
	require.Equal(t, "not registered: PUBLIC_URL is not set", report.Webhooks.Accelo)
	require.Nil(t, r.ninjaOne.Snapshot().Webhook)
	require.Empty(t, r.subscriptions())

	r.options.PublicURL = publicURL
	r.connect()
	r.options.PublicURL = ""
	require.Equal(t, "not checked: PUBLIC_URL is no longer set", r.connect().Webhooks.Accelo)
	require.Len(t, r.subscriptions(), 1, "the webhook of the earlier run stays registered")
}

// Each vendor has one webhook of ours, however often connect runs. A rotation replaces both secrets.
func TestConnectRegistersWebhooks(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	r.options.PublicURL = publicURL
	report := r.connect()
	require.Equal(t, "registered", report.Webhooks.NinjaOne)
	require.Equal(t, "registered", report.Webhooks.Accelo)
	require.Empty(t, report.Todo)
	hook := *r.ninjaOne.Snapshot().Webhook
	require.Equal(t, webhook.NinjaOneURL(publicURL, "default"), hook.URL)
	require.Equal(t, map[string][]string{"CONDITION": {"TRIGGERED", "RESET", "RESET_BY_PSA_TICKET_CALLBACK"}}, hook.Activities)
	require.ElementsMatch(t, []string{"device", "organization"}, hook.Expand)
	secrets, err := r.provider.WebhookSecrets(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, []ninjaone.WebhookHeader{{Name: webhook.NinjaOneHeader, Value: "Bearer " + secrets.NinjaOne[0]}}, hook.Headers)
	require.NotContains(t, hook.URL, secrets.NinjaOne[0])
	subscribed := r.subscriptions()
	require.Len(t, subscribed, 1)
	require.True(t, strings.HasSuffix(subscribed[0], " "+webhook.AcceloURL(publicURL, "default", secrets.AcceloTokens[0])))

	r.connect()
	require.Equal(t, hook, *r.ninjaOne.Snapshot().Webhook)
	require.Equal(t, subscribed, r.subscriptions())

	r.options.RotateSecrets = true
	require.Equal(t, "registered", r.connect().Webhooks.Accelo)
	require.NotEqual(t, hook.Headers, r.ninjaOne.Snapshot().Webhook.Headers)
	require.Len(t, r.subscriptions(), 1, "the old subscription is removed")
	require.NotEqual(t, subscribed, r.subscriptions())
}

// Webhooks of ours that lead to an earlier address, or have an earlier secret, are removed. Another installation that uses the same
// credentials and the same name keeps its own.
func TestConnectRemovesItsOldWebhooksOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	r.options.PublicURL = publicURL
	r.connect()
	connection, err := r.provider.Connection(t.Context(), r.name)
	require.NoError(t, err)
	foreign := webhook.AcceloURL("https://staging.example.com", r.name, "their-token")
	subscribe(t, connection, foreign)
	subscribe(t, connection, webhook.AcceloURL(publicURL, r.name, "a-token-long-forgotten"))

	r.options.PublicURL = "https://moved.example.com"
	require.Equal(t, "registered", r.connect().Webhooks.Accelo)
	secrets, err := r.provider.WebhookSecrets(t.Context(), r.name)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"update_request_status " + foreign,
		"update_request_status " + webhook.AcceloURL(r.options.PublicURL, r.name, secrets.AcceloTokens[0]),
	}, r.subscriptions())
}

// Only a system administrator's application can register NinjaOne's webhook. Everything else works without it.
func TestConnectWithoutPermissionToRegister(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Switches: ninjaone.Switches{ForbidWebhook: true}}, accelo.Options{})
	r.options.PublicURL = publicURL
	report := r.connect()
	require.True(t, report.Ready)
	require.Contains(t, report.Webhooks.NinjaOne, "only a system administrator's application can register a webhook")
	require.Equal(t, "registered", report.Webhooks.Accelo)
	require.Len(t, report.Todo, 1)
	require.Contains(t, report.Todo[0], "must belong to a system administrator")
}

// A vendor that rejects the credentials gets no webhook, for that reason and not because of PUBLIC_URL.
func TestConnectRegistersWhereItCan(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	r.options.PublicURL = publicURL
	r.credentials.NinjaOne.ClientSecret = "wrong"
	report := r.connect()
	require.Equal(t, "not registered: credentials not accepted", report.Webhooks.NinjaOne)
	require.Equal(t, "registered", report.Webhooks.Accelo)
}

func TestConnectReportsFailedSubscription(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{}, accelo.Options{})
	r.options.PublicURL = publicURL
	fault(t, r.accelo.Lab().Faults, lab.Fault{Kind: lab.FaultStatus, Status: 500, Path: "/webhooks/subscriptions", Method: "POST"})
	report := r.connect()
	require.Contains(t, report.Webhooks.Accelo, "not registered: ")
	require.Len(t, report.Todo, 1)
	require.Contains(t, report.Todo[0], "Could not register Accelo's webhook")
}

// other returns a second connection with the same NinjaOne application and another deployment.
func (r *rig) other(name string) *rig {
	r.t.Helper()
	second := newRigIn(r.t, r.store, name, ninjaone.Options{}, accelo.Options{Deployment: name})
	second.credentials.NinjaOne, second.options = r.credentials.NinjaOne, r.options
	return second
}

// reconciled registers the webhooks again as a reconciliation does.
func (r *rig) reconciled() flow.Webhooks {
	r.t.Helper()
	webhooks, err := connect.New(r.store, r.provider, r.options).RegisterWebhooks(r.t.Context(), r.name, true)
	require.NoError(r.t, err)
	return webhooks
}

// NinjaOne has one webhook for an application. Of two connections with the same one, that which was set up last holds it, and says whose it was;
// the other leaves it alone, and says so.
func TestConnectionsWithTheSameApplication(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 2}, accelo.Options{})
	r.options.PublicURL = publicURL
	require.Empty(t, r.connect().Warnings)
	second := r.other("second")
	report := second.connect()
	require.Empty(t, report.Todo)
	require.Len(t, report.Warnings, 1)
	require.Contains(t, report.Warnings[0], `It leads to "second" now; alerts of "default" are only found by its reconciliations`)
	leadsTo := func(name string) {
		t.Helper()
		require.Equal(t, webhook.NinjaOneURL(publicURL, name), r.ninjaOne.Snapshot().Webhook.URL)
	}
	leadsTo("second")

	lost := r.reconciled()
	require.Equal(t, `not registered: it leads to connection "second", which uses the same NinjaOne application`, lost.NinjaOne)
	require.Contains(t, lost.Todo, "Give each connection an application of its own (Administration > Apps > API), then run `starter connect`")
	require.Equal(t, flow.Registered, lost.Accelo)
	leadsTo("second")
	require.Equal(t, flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}, second.reconciled())
	leadsTo("second")

	require.Len(t, r.connect().Warnings, 1, "a user takes it back")
	leadsTo("default")
	require.Contains(t, second.reconciled().Todo, "then run `starter connect --connection second`")
	leadsTo("default")

	require.NoError(t, r.store.RetireConnection(t.Context(), "default"))
	require.Equal(t, flow.Registered, second.reconciled().NinjaOne, "nobody else uses the application any more")
	leadsTo("second")
}

// A run of connect says that it takes back what someone else has kept replacing, and begins to maintain it again.
func TestConnectTakesTheWebhookBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 2}, accelo.Options{})
	r.options.PublicURL = publicURL
	r.connect()
	require.NoError(t, r.store.MarkWebhookReplaced(t.Context(), "default", time.Now()))
	require.NoError(t, r.store.GiveUpWebhook(t.Context(), "default", time.Now()))
	report := r.connect()
	require.Len(t, report.Warnings, 1)
	require.Contains(t, report.Warnings[0], "most likely because another tool that uses the same NinjaOne application keeps replacing it")
	state, err := r.store.ReconcileState(t.Context(), "default")
	require.NoError(t, err)
	require.Empty(t, state.WebhookReplacedAt)
	require.Nil(t, state.WebhookGivenUpAt)
	require.Empty(t, r.connect().Warnings)
}
