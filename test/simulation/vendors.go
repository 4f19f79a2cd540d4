package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"time"
)

// transport carries the product's calls to the vendors of a life.
type transport struct{ life *life }

// The vendors' addresses.
const (
	ninjaURL  = "https://ninjaone.example"
	acceloURL = "https://calloway.api.accelo.com"
	publicURL = "https://sync.example"
)

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	l, ctx := t.life, request.Context()
	who := actorOf(ctx)
	vendor, handler := l.vendor(request.URL.Host)
	if handler == nil {
		return nil, fmt.Errorf("dial %s: no such host", request.URL.Host)
	}
	name := fmt.Sprintf("%s %s %s", vendor, request.Method, path(request))
	e := l.wait(who, name, request.URL.RawQuery)
	if who != nil && (who.dead || l.ending) {
		return nil, errCrashed
	}
	if err := l.pause(ctx, who, e); err != nil {
		return nil, err
	}
	vendor, handler = l.vendor(request.URL.Host) // meanwhile, these may have become the former accounts
	if l.isDown(vendor) {
		return nil, errors.New("connection refused")
	}
	switch e.kind {
	case crash:
		l.crash(who)
		return nil, errCrashed
	case refuse:
		return nil, errors.New("connection refused")
	case status:
		return l.answer(request, e.status), nil
	}
	content, err := sent(request)
	if err != nil {
		return nil, err
	}
	l.observe(who, vendor, request, content)
	response := serve(ctx, handler, request, content)
	served := l.people.now() // the reply shows nothing that a person does from here on
	if e.person != nil && e.afterwards {
		l.act(*e.person, "right after "+name)
	}
	switch e.kind {
	case loseReply:
		return nil, io.ErrUnexpectedEOF
	case crashAfter:
		l.crash(who)
		return nil, errCrashed
	case falsify:
		response = l.falsified(response, e)
	}
	if who != nil {
		who.lastCall = served
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return response, nil
}

func path(request *http.Request) string {
	if request.URL.RawQuery == "" || len(request.URL.RawQuery) > 60 {
		return request.URL.Path
	}
	return request.URL.Path + "?" + request.URL.RawQuery
}

// sent reads the body as the network would: completely, once the headers are written.
func sent(request *http.Request) ([]byte, error) {
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if request.Body == nil {
		return nil, nil
	}
	defer func() { _ = request.Body.Close() }()
	return io.ReadAll(request.Body)
}

func serve(ctx context.Context, handler http.Handler, request *http.Request, body []byte) *http.Response {
	inside := httptest.NewRequestWithContext(context.WithoutCancel(ctx), request.Method, request.URL.String(), bytes.NewReader(body))
	inside.Header, inside.RemoteAddr = request.Header.Clone(), "203.0.113.1:1000"
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, inside)
	response := recorder.Result()
	response.Request = request
	return response
}

// pause delays a call, or freezes the whole worker: then nobody hears of it meanwhile.
func (l *life) pause(ctx context.Context, who *actor, e effect) error {
	if e.delay == 0 {
		return nil
	}
	if e.kind == freeze && who != nil && who.task != nil {
		l.temporal.Freeze(who.task)
		time.Sleep(e.delay)
		return nil
	}
	timer := time.NewTimer(e.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *life) crash(who *actor) {
	if who == nil {
		return
	}
	who.dead = true
	if who.task != nil {
		l.temporal.Kill(who.task)
	}
}

// answer is an error that a vendor, or something in front of it, answers.
func (l *life) answer(request *http.Request, code int) *http.Response {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", "application/json")
	if code == http.StatusTooManyRequests {
		recorder.Header().Set("Retry-After", "7")
	}
	recorder.WriteHeader(code)
	_, _ = fmt.Fprintf(recorder, `{"meta":{"status":"server_error","message":"An unexpected error occurred.","more_info":""}}`)
	response := recorder.Result()
	response.Request = request
	return response
}

// courier takes the vendors' webhooks and lets the life deliver them.
type courier struct{ life *life }

// RoundTrip implements http.RoundTripper. The vendor always hears that its delivery arrived.
func (c courier) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	c.life.deliveries.Go(func() { c.life.deliver(request, body) })
	recorder := httptest.NewRecorder()
	recorder.WriteHeader(http.StatusAccepted)
	response := recorder.Result()
	response.Request = request
	return response, nil
}

// deliver hands a webhook to the receiver.
func (l *life) deliver(request *http.Request, body []byte) {
	ctx := context.Background()
	name := "webhook " + request.URL.Path + " " + event(body)
	if header := request.Header.Get("X-Accelo-Event"); header != "" {
		name = "webhook of Accelo: " + header + " " + event(body)
	}
	times := 1
	switch e := l.wait(nil, name, string(body)); e.kind {
	case drop:
		return
	case duplicate:
		times = 2
	case delay:
		time.Sleep(e.delay)
	}
	for range times {
		copied := request.Clone(ctx)
		response := serve(ctx, l.receiver, copied, body) //nolint:bodyclose // it is in memory
		if response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusServiceUnavailable && response.StatusCode != http.StatusUnauthorized {
			l.problemf("%s: the receiver answered %d", name, response.StatusCode)
		}
	}
}
