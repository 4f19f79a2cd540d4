package ninjaone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func exampleHook() ninjaone.Webhook {
	return ninjaone.Webhook{
		URL:        "https://hooks.example.com/ninja",
		Activities: map[string][]string{"CONDITION": {"TRIGGERED", "RESET"}, "SYSTEM": {"NODE_CREATED"}},
		Expand:     []string{"device", "organization"},
		Headers:    []ninjaone.Header{{Name: "Authorization", Value: "Bearer SHARED-SECRET"}},
	}
}

// The registration is that of contract ninjaone 7.1.
func TestPutAndDeleteWebhook(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"PUT /v2/webhook": reply(204, ""), "DELETE /v2/webhook": reply(204, "")})
	client := s.client(t, nil)
	require.NoError(t, client.PutWebhook(t.Context(), exampleHook()))
	require.NoError(t, client.DeleteWebhook(t.Context()))
	asked := s.requests("/v2/webhook")
	require.Len(t, asked, 2)
	require.Equal(t, "application/json", asked[0].Header.Get("Content-Type"))
	require.JSONEq(t, `{"url":"https://hooks.example.com/ninja",
		"activities":{"CONDITION":["TRIGGERED","RESET"],"SYSTEM":["NODE_CREATED"]},
		"expand":["device","organization"],"headers":[{"name":"Authorization","value":"Bearer SHARED-SECRET"}]}`, asked[0].Body)
	require.Equal(t, http.MethodDelete, asked[1].Method)
	require.Empty(t, asked[1].Body)
	require.Empty(t, asked[1].Header.Get("Content-Type"))
}

// A registration that could not work is refused before it is sent, without repeating its URL.
func TestPutWebhookRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*ninjaone.Webhook)
	}{
		{"no URL", func(h *ninjaone.Webhook) { h.URL = "" }},
		{"no host", func(h *ninjaone.Webhook) { h.URL = "https:///hunter2" }},
		{"other scheme", func(h *ninjaone.Webhook) { h.URL = "file://hunter2/x" }},
		{"no activities", func(h *ninjaone.Webhook) { h.Activities = nil }},
		{"header without a name", func(h *ninjaone.Webhook) { h.Headers[0].Name = "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			hook := exampleHook()
			test.change(&hook)
			err := s.client(t, nil).PutWebhook(t.Context(), hook)
			require.ErrorIs(t, err, ninjaone.ErrInvalid)
			require.NotContains(t, err.Error(), "hunter2")
			require.Empty(t, s.requests("/v2/webhook"))
		})
	}
}
