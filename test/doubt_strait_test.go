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

// strait is the way to Accelo: everything passes it, and one call can be held up there.
type strait struct {
	url, target string
	//nolint:containedctx // it ends with the test, and with it what is still held up
	ctx context.Context

	mu   sync.Mutex
	held *hold
}

// hold is a call that is, or is to be, held up: the first POST to a path.
type hold struct {
	path string
	kind holdKind
	// met is closed when the call is there, free lets it go on.
	met, free chan struct{}
	// refused tells that the create was refused, so that tokens are held up now; taken that a call has been held up.
	refused, taken bool
}

// holdKind is where a create is held up.
type holdKind int

const (
	// holdReply lets the work be done and never answers.
	holdReply holdKind = iota
	// holdRequest keeps the create from the vendor, which does the work when it is let go; nobody hears of that.
	holdRequest
	// holdToken refuses the create for its token, and keeps the next tokens back: the create has its claim, and is not sent yet.
	holdToken
)

func newStrait(t testing.TB, target string) *strait {
	t.Helper()
	s := &strait{target: target, ctx: t.Context()}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.url = server.URL
	return s
}

// hold holds the first create of a kind of object up.
func (s *strait) hold(path string, kind holdKind) *hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = &hold{path: path, kind: kind, met: make(chan struct{}), free: make(chan struct{})}
	return s.held
}

// take tells whether a call is one to hold up.
func (s *strait) take(r *http.Request) *hold {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.held
	switch {
	case h == nil, r.Method != http.MethodPost:
		return nil
	case h.kind == holdToken: // whichever program asks: one of them asks for the create
		if !h.refused || !strings.HasSuffix(r.URL.Path, "/token") {
			return nil
		}
		return h
	case h.taken, !strings.HasSuffix(r.URL.Path, h.path):
		return nil
	}
	h.taken = true
	return h
}

// meet tells the test that a call is held up.
func (s *strait) meet(h *hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-h.met:
	default:
		close(h.met)
	}
}

// noteRefusal remembers that the create was refused for its token.
func (s *strait) noteRefusal(r *http.Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.held; h != nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, h.path) && status == http.StatusUnauthorized {
		h.refused = true
	}
}

// ServeHTTP implements http.Handler.
func (s *strait) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	h := s.take(r)
	if h != nil && h.kind == holdRequest {
		s.meet(h)
		s.await(h)
	}
	ctx := r.Context()
	if h != nil {
		ctx = s.ctx // the vendor has the call: it does not matter any more who still waits for the answer
	}
	status, header, answer := s.forward(ctx, r, body)
	if h != nil && h.kind != holdRequest {
		s.meet(h)
		s.await(h)
	}
	if h != nil && h.kind != holdToken {
		panic(http.ErrAbortHandler)
	}
	s.noteRefusal(r, status)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func (s *strait) await(h *hold) {
	select {
	case <-h.free:
	case <-s.ctx.Done():
	}
}

// forward makes the call at the vendor; what cannot be answered is cut off.
func (s *strait) forward(ctx context.Context, r *http.Request, body []byte) (int, http.Header, []byte) {
	request, err := http.NewRequestWithContext(ctx, r.Method, s.target+r.URL.RequestURI(), bytes.NewReader(body))
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

// meets waits until the call is there.
func (w *world) meets(h *hold) {
	w.t.Helper()
	select {
	case <-h.met:
	case <-w.ctx.Done():
		require.Fail(w.t, "no create came to be held up", "POST %s", h.path)
	}
}
