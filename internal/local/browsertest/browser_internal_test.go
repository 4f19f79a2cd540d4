package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// An element that goes away before it is pressed is looked for on the next page. Whatever else goes wrong is no reason to press twice.
func TestOnNextPage(t *testing.T) {
	t.Parallel()
	gone := &cdproto.Error{Code: serverError, Message: "Could not find node with given id"}
	invalid := &cdproto.Error{Code: -32602, Message: "Invalid parameters"}
	for name, test := range map[string]struct {
		replies []error
		expect  error
	}{
		"present":  {[]error{nil}, nil},
		"replaced": {[]error{gone, gone, nil}, nil},
		"refused":  {[]error{gone, invalid}, invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			action := chromedp.ActionFunc(func(context.Context) error { tries++; return test.replies[tries-1] })
			require.Equal(t, test.expect, onNextPage(action).Do(t.Context()))
			require.Len(t, test.replies, tries)
		})
	}

	ended, end := context.WithCancel(t.Context())
	end()
	err := onNextPage(chromedp.ActionFunc(func(context.Context) error { return gone })).Do(ended)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "Could not find node")
}
