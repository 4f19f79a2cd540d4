package tenant

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// One caller per connection is admitted at a time. A caller that gives up does not block the others.
func TestProbesAdmitOneAtATime(t *testing.T) {
	t.Parallel()
	p := newProbes()
	release, err := p.enter(t.Context(), "default")
	require.NoError(t, err)
	other, err := p.enter(t.Context(), "second")
	require.NoError(t, err, "connections do not wait for each other")
	other()

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.enter(cancelled, "default")
	require.ErrorIs(t, err, context.Canceled)

	release()
	release, err = p.enter(t.Context(), "default")
	require.NoError(t, err)
	release()
}
