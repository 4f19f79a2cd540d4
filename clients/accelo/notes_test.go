package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// A note is visible to everyone and sends no email, contrary to Accelo's defaults (accelo.md 9.1).
func TestCreateNote(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("POST /activities", `{"id":"1053","subject":"Device linked","confidential":0,"thread_id":"1039","date_created":"1494823725"}`)
	client := s.client()
	note, err := client.CreateNote(t.Context(), accelo.Note{AgainstType: "request", AgainstID: 31, Subject: "Device linked", Body: "…"})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(1053), note.ID)
	require.Equal(t, accelo.ID(31), note.AgainstID)
	form := s.request("/activities").form
	for key, want := range map[string]string{
		"subject": "Device linked", "body": "…", "against_type": "request", "against_id": "31", "medium": "note", "visibility": "all",
		"block_send": "1",
	} {
		require.Equal(t, want, form.Get(key), key)
	}
	_, err = client.CreateNote(t.Context(), accelo.Note{AgainstType: "request", AgainstID: 31})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// Notes are selected by their object.
func TestNotes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /activities", `[{"id":"1053","subject":"Device linked","body":"…","visibility":"all","owner_type":"staff","owner_id":"14","confidential":0}]`)
	notes, err := s.client().Notes(t.Context(), "request", 31)
	require.NoError(t, err)
	require.Equal(t, []accelo.Note{{AgainstType: "request", AgainstID: 31, ID: 1053, Subject: "Device linked", Body: "…"}}, notes)
	require.Equal(t, "against(request(31)),medium(note),order_by_asc(id)", s.request("/activities").query.Get("_filters"))
}

// Webhooks can be listed, registered and removed (accelo.md 10). Other forms than those in the samples are accepted too.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	subscription := `{"subscription_id":"583f4b8028dc59073860a6d1","event_id":"update_request_status","trigger_table":"request","trigger_type":"update","trigger_url":"https://x.example/hook","content_type":"application/json","user_id":14,"user_deployment":"planet-express","user":{"id":14,"name":"H","email":"h@x.example"}}`
	s := newServer(t)
	s.respond("GET /webhooks/subscriptions", `{"subscriptions":[`+subscription+`],"subscriptions_users":[]}`)
	s.handle("POST /webhooks/subscriptions", sequence(
		respond(201, `{"response":{"subscription":`+subscription+`},"meta":{"status":"ok_created","message":"A resource was successfully created."}}`),
		succeed(`{"subscription":{}}`),
		reject(400, "invalid_request", "bad secret s3cr3t-of-the-webhook"),
	))
	s.handle("DELETE /webhooks/subscriptions/583f4b8028dc59073860a6d1", respond(200, `{"meta":{"status":"ok"}}`))
	client := s.client()
	want := accelo.Subscription{ID: "583f4b8028dc59073860a6d1", EventID: accelo.EventRequestStatus, URL: "https://x.example/hook"}

	all, err := client.Subscriptions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.Subscription{want}, all)

	webhook := accelo.NewSubscription{URL: "https://x.example/hook", EventID: accelo.EventRequestStatus, Secret: "s3cr3t-of-the-webhook"}
	created, err := client.Subscribe(t.Context(), webhook)
	require.NoError(t, err)
	require.Equal(t, want, created)
	form := s.requests("/webhooks/subscriptions")[1].form
	require.Equal(t, map[string][]string{
		"trigger_url": {webhook.URL}, "event_id": {webhook.EventID}, "content_type": {"application/json"}, "secret": {webhook.Secret},
	}, map[string][]string(form))
	_, err = client.Subscribe(t.Context(), webhook)
	require.True(t, accelo.InDoubt(err), "the webhook was registered, but its ID is unknown")
	_, err = client.Subscribe(t.Context(), webhook)
	require.True(t, accelo.IsInvalidRequest(err))
	require.NotContains(t, err.Error(), webhook.Secret)
	_, err = client.Subscribe(t.Context(), accelo.NewSubscription{URL: "/hook", EventID: webhook.EventID})
	require.ErrorIs(t, err, accelo.ErrInvalid)

	require.NoError(t, client.Unsubscribe(t.Context(), want.ID))
	// No wrapper, an ID that is a number, and an empty response to a DELETE.
	s.respond("GET /webhooks/subscriptions", `[{"subscription_id":7,"event_id":"update_request_status"}]`)
	s.respond("POST /webhooks/subscriptions", subscription)
	s.handle("DELETE /webhooks/subscriptions/7", respond(204, ""))
	all, err = client.Subscriptions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.Subscription{{ID: "7", EventID: accelo.EventRequestStatus}}, all)
	created, err = client.Subscribe(t.Context(), webhook)
	require.NoError(t, err)
	require.Equal(t, want, created)
	require.NoError(t, client.Unsubscribe(t.Context(), "7"))
	for _, id := range []string{"", "..", "a/b", "x?_method=put"} {
		require.ErrorIs(t, client.Unsubscribe(t.Context(), id), accelo.ErrInvalid)
	}
}
