package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// A note is visible to all and sends nothing: Accelo's defaults are the opposite (contract accelo 9.1).
func TestCreateNote(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("POST /activities", `{"id":"1053","subject":"Device linked","confidential":0,"thread_id":"1039","date_created":"1494823725"}`)
	client := v.client()
	note, err := client.CreateNote(t.Context(), accelo.Note{AgainstType: "request", AgainstID: 31, Subject: "Device linked", Body: "…", ThreadID: 1039})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(1053), note.ID)
	require.Equal(t, accelo.ID(31), note.AgainstID)
	form := v.only("/activities").form
	for key, want := range map[string]string{
		"subject": "Device linked", "body": "…", "against_type": "request", "against_id": "31", "medium": "note", "visibility": "all",
		"block_send": "1", "thread_id": "1039",
	} {
		require.Equal(t, want, form.Get(key), key)
	}
	_, err = client.CreateNote(t.Context(), accelo.Note{AgainstType: "request", AgainstID: 31})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// The notes on an object are filtered by it and paged by number.
func TestNotes(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /activities", `[{"id":"1053","subject":"Device linked","body":"…","visibility":"all","owner_type":"staff","owner_id":"14","confidential":0}]`)
	notes, err := v.client().Notes(t.Context(), "request", 31)
	require.NoError(t, err)
	require.Equal(t, []accelo.Note{{AgainstType: "request", AgainstID: 31, ID: 1053, Subject: "Device linked", Body: "…", Visibility: "all", OwnerType: "staff", OwnerID: 14}}, notes)
	require.Equal(t, "against(request(31)),medium(note),order_by_asc(id)", v.only("/activities").query.Get("_filters"))
}

// Subscriptions come wrapped; creating answers 200 or 201 (contract accelo 10).
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	subscription := `{"subscription_id":"583f4b8028dc59073860a6d1","event_id":"update_request_status","trigger_table":"request","trigger_type":"update","trigger_url":"https://x.example/hook","content_type":"application/json","user_id":14,"user_deployment":"planet-express","user":{"id":14,"name":"H","email":"h@x.example"}}`
	v := newVendor(t)
	v.on("GET /webhooks/subscriptions", `{"subscriptions":[`+subscription+`],"subscriptions_users":[]}`)
	v.on("GET /webhooks/subscriptions/types", `{"types":[{"event_id":"update_request_status","event_title":"Request status changed","trigger_table":"request","trigger_type":"update"}]}`)
	v.handle("POST /webhooks/subscriptions", inTurn(
		raw(201, `{"response":{"subscription":`+subscription+`},"meta":{"status":"ok_created","message":"A resource was successfully created."}}`),
		answer(`{"subscription":{}}`),
		refuse(400, "invalid_request", "bad secret s3cr3t-of-the-webhook"),
	))
	v.handle("DELETE /webhooks/subscriptions/583f4b8028dc59073860a6d1", raw(200, `{"meta":{"status":"ok"}}`))
	client := v.client()
	want := accelo.Subscription{ID: "583f4b8028dc59073860a6d1", EventID: accelo.EventRequestStatus, URL: "https://x.example/hook", ContentType: "application/json"}

	all, err := client.Subscriptions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.Subscription{want}, all)
	types, err := client.SubscriptionTypes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.SubscriptionType{{EventID: "update_request_status", Title: "Request status changed", Table: "request", Type: "update"}}, types)

	ours := accelo.NewSubscription{URL: "https://x.example/hook", EventID: accelo.EventRequestStatus, Secret: "s3cr3t-of-the-webhook"}
	made, err := client.Subscribe(t.Context(), ours)
	require.NoError(t, err)
	require.Equal(t, want, made)
	form := v.requests("/webhooks/subscriptions")[1].form
	require.Equal(t, map[string][]string{
		"trigger_url": {ours.URL}, "event_id": {ours.EventID}, "content_type": {"application/json"}, "secret": {ours.Secret},
	}, map[string][]string(form))
	_, err = client.Subscribe(t.Context(), ours)
	require.True(t, accelo.InDoubt(err), "it was made, but under which id?")
	_, err = client.Subscribe(t.Context(), ours)
	require.True(t, accelo.IsInvalidRequest(err))
	require.NotContains(t, err.Error(), ours.Secret)
	_, err = client.Subscribe(t.Context(), accelo.NewSubscription{URL: "/hook", EventID: ours.EventID})
	require.ErrorIs(t, err, accelo.ErrInvalid)

	require.NoError(t, client.Unsubscribe(t.Context(), want.ID))
	// What the samples show is not all that may come: no wrappers, an id in a number, and nothing at all after a DELETE.
	v.on("GET /webhooks/subscriptions", `[{"subscription_id":7,"event_id":"update_request_status"}]`)
	v.on("POST /webhooks/subscriptions", subscription)
	v.handle("DELETE /webhooks/subscriptions/7", raw(204, ""))
	all, err = client.Subscriptions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.Subscription{{ID: "7", EventID: accelo.EventRequestStatus}}, all)
	made, err = client.Subscribe(t.Context(), ours)
	require.NoError(t, err)
	require.Equal(t, want, made)
	require.NoError(t, client.Unsubscribe(t.Context(), "7"))
	for _, bad := range []string{"", "..", "a/b", "x?_method=put"} {
		require.ErrorIs(t, client.Unsubscribe(t.Context(), bad), accelo.ErrInvalid)
	}
}
