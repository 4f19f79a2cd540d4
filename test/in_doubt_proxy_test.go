package test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// acceloProxy passes all calls on to Accelo and can hold one of them.
type acceloProxy struct {
	url, target string
	//nolint:containedctx // held calls end with the test
	ctx context.Context

	mu   sync.Mutex
	held *heldCall
}

// heldCall is the call that the proxy holds or is going to hold: the first POST to a path.
type heldCall struct {
	path string
	kind holdKind
	// reached is closed when the call arrives. The test closes release to let it continue.
	reached, release chan struct{}
	// refused is set when the create was refused, so that tokens are held from then on. matched is set when a call was held.
	refused, matched bool
}

// holdKind says at which point a create is held.
type holdKind int

const (
	// holdReply lets the vendor do the work and drops the reply.
	holdReply holdKind = iota
	// holdRequest holds the create on its way to the vendor. After the release the vendor does the work, but the reply is dropped.
	holdRequest
	// holdToken holds the next tokens after the vendor refused the create's token. The create then has a claim and is not sent yet.
	holdToken
)

func newAcceloProxy(t testing.TB, target string) *acceloProxy {
	t.Helper()
	p := &acceloProxy{target: target, ctx: t.Context()}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.url = server.URL
	return p
}

// hold makes the proxy hold the first POST to a path.
func (p *acceloProxy) hold(path string, kind holdKind) *heldCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = &heldCall{path: path, kind: kind, reached: make(chan struct{}), release: make(chan struct{})}
	return p.held
}

// match returns the held call that a request is, or nil if it is to be passed on.
func (p *acceloProxy) match(r *http.Request) *heldCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held
	switch {
	case h == nil, r.Method != http.MethodPost:
		return nil
	case h.kind == holdToken: // of any program: one of them needs it for the create
		if !h.refused || !strings.HasSuffix(r.URL.Path, "/token") {
			return nil
		}
		return h
	case h.matched, !strings.HasSuffix(r.URL.Path, h.path):
		return nil
	}
	h.matched = true
	return h
}

// markReached signals the test that a call is held.
func (p *acceloProxy) markReached(h *heldCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-h.reached:
	default:
		close(h.reached)
	}
}

// noteRefusal records that the vendor refused the create's token.
func (p *acceloProxy) noteRefusal(r *http.Request, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h := p.held; h != nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, h.path) && status == http.StatusUnauthorized {
		h.refused = true
	}
}

// ServeHTTP implements http.Handler.
func (p *acceloProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	h := p.match(r)
	if h != nil && h.kind == holdRequest {
		p.markReached(h)
		p.waitForRelease(h)
	}
	ctx := r.Context()
	if h != nil {
		ctx = p.ctx // the vendor must get the call even if the caller gives up
	}
	status, header, answer := p.forward(ctx, r, body)
	if h != nil && h.kind != holdRequest {
		p.markReached(h)
		p.waitForRelease(h)
	}
	if h != nil && h.kind != holdToken {
		panic(http.ErrAbortHandler)
	}
	p.noteRefusal(r, status)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func (p *acceloProxy) waitForRelease(h *heldCall) {
	select {
	case <-h.release:
	case <-p.ctx.Done():
	}
}

// forward makes the call at the vendor. If that fails, it closes the caller's connection.
func (p *acceloProxy) forward(ctx context.Context, r *http.Request, body []byte) (int, http.Header, []byte) {
	request, err := http.NewRequestWithContext(ctx, r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return response.StatusCode, response.Header, answer
}

// waitUntilHeld waits until the call is held.
func (e *testEnv) waitUntilHeld(h *heldCall) {
	e.t.Helper()
	select {
	case <-h.reached:
	case <-e.ctx.Done():
		require.Fail(e.t, "the create was never called", "POST %s", h.path)
	}
}
