package ninjaone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func exampleWebhook() ninjaone.Webhook {
	return ninjaone.Webhook{
		URL:        "https://hooks.example.com/ninja",
		Activities: map[string][]string{"CONDITION": {"TRIGGERED", "RESET"}, "SYSTEM": {"NODE_CREATED"}},
		Expand:     []string{"device", "organization"},
		Headers:    []ninjaone.Header{{Name: "Authorization", Value: "Bearer SHARED-SECRET"}},
	}
}

// A webhook is registered as documented (ninjaone.md 7.1).
func TestPutWebhook(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"PUT /v2/webhook": respond(204, "")})
	require.NoError(t, s.client(t).PutWebhook(t.Context(), exampleWebhook()))
	requests := s.requests("/v2/webhook")
	require.Len(t, requests, 1)
	require.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
	require.JSONEq(t, `{"url":"https://hooks.example.com/ninja",
		"activities":{"CONDITION":["TRIGGERED","RESET"],"SYSTEM":["NODE_CREATED"]},
		"expand":["device","organization"],"headers":[{"name":"Authorization","value":"Bearer SHARED-SECRET"}]}`, requests[0].Body)
}

// A webhook is removed as documented. If the application may not, the error says so.
func TestDeleteWebhook(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"DELETE /v2/webhook": respond(204, "")})
	require.NoError(t, s.client(t).DeleteWebhook(t.Context()))
	s = newServer(t, map[string]http.HandlerFunc{"DELETE /v2/webhook": respond(403, `{"resultCode":"FAILURE"}`)})
	require.True(t, ninjaone.IsForbidden(s.client(t).DeleteWebhook(t.Context())))
}

// An invalid webhook is rejected before anything is sent. The error does not contain its URL.
func TestInvalidWebhookIsNotSent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*ninjaone.Webhook)
	}{
		{name: "no URL", change: func(h *ninjaone.Webhook) { h.URL = "" }},
		{name: "no host", change: func(h *ninjaone.Webhook) { h.URL = "https:///hunter2" }},
		{name: "other scheme", change: func(h *ninjaone.Webhook) { h.URL = "file://hunter2/x" }},
		{name: "no activities", change: func(h *ninjaone.Webhook) { h.Activities = nil }},
		{name: "header without a name", change: func(h *ninjaone.Webhook) { h.Headers[0].Name = "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			hook := exampleWebhook()
			test.change(&hook)
			err := s.client(t).PutWebhook(t.Context(), hook)
			require.ErrorIs(t, err, ninjaone.ErrInvalid)
			require.NotContains(t, err.Error(), "hunter2")
			require.Empty(t, s.requests("/v2/webhook"))
		})
	}
}
