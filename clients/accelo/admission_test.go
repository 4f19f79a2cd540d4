package accelo_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/admission"
)

// A call that isn't admitted sends nothing, not even a token request, so that nothing is in doubt. The gate learns how each admitted call ended.
func TestAdmission(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /companies/45", sequence(succeed(company45), reject(http.StatusBadRequest, "invalid_request", "deleted")))
	refusal := errors.New("too many calls")
	var admits error
	var ends []error
	client := s.client(func(o *accelo.Options) {
		o.Admit = func(context.Context) (func(error), error) {
			if admits != nil {
				return nil, admits
			}
			return func(err error) { ends = append(ends, err) }, nil
		}
	})
	admits = refusal
	_, err := client.CreateNote(t.Context(), accelo.Note{AgainstType: "company", AgainstID: 45, Subject: "Hello"})
	require.ErrorIs(t, err, refusal)
	require.False(t, accelo.InDoubt(err))
	require.True(t, accelo.IsTransient(err))
	require.Empty(t, s.requests(tokenPath))
	require.Empty(t, ends)

	admits = nil
	_, err = client.Company(t.Context(), 45)
	require.NoError(t, err)
	_, refused := client.Company(t.Context(), 45)
	require.Error(t, refused)
	require.Equal(t, []error{nil, refused}, ends)
}

// A caller in a hurry gives a read up early. A write has the client's whole patience: it may have been carried out.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	s.handle("GET /companies/45", hang)
	s.handle("POST /activities", hang)
	client := s.client(func(o *accelo.Options) { o.Timeout = 50 * time.Millisecond })
	hurry := admission.WithReadTimeout(t.Context(), 20*time.Millisecond)
	_, err := client.Company(hurry, 45)
	require.ErrorContains(t, err, "no complete response within 20ms")
	_, err = client.CreateNote(hurry, accelo.Note{AgainstType: "company", AgainstID: 45, Subject: "Hello"})
	require.ErrorContains(t, err, "no complete response within 50ms")
	_, err = client.Company(admission.WithReadTimeout(t.Context(), time.Hour), 45)
	require.ErrorContains(t, err, "no complete response within 50ms")
}
