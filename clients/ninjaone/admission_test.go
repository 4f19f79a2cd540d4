package ninjaone_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/ninjaone"
)

// A call that isn't admitted is not sent. The gate learns how each admitted call ended.
func TestAdmission(t *testing.T) {
	t.Parallel()
	asked := 0
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusForbidden)
	}})
	refusal := errors.New("too many calls")
	var admits error
	var ends []error
	client := s.client(t, withLegacyKey, func(o *ninjaone.Options) {
		o.Admit = func(context.Context) (func(error), error) {
			if admits != nil {
				return nil, admits
			}
			return func(err error) { ends = append(ends, err) }, nil
		}
	})
	admits = refusal
	_, err := client.Policies(t.Context())
	require.ErrorIs(t, err, refusal)
	require.True(t, ninjaone.IsTransient(err))
	require.Zero(t, asked)

	admits = nil
	_, err = client.Policies(t.Context())
	require.True(t, ninjaone.IsForbidden(err))
	require.Equal(t, []error{err}, ends)
}

// A caller in a hurry gives a read up early.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": hang})
	client := s.client(t, withLegacyKey)
	_, err := client.Policies(admission.WithReadTimeout(t.Context(), 20*time.Millisecond))
	require.ErrorContains(t, err, "no complete response within 20ms")
}
