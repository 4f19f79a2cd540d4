package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// admin serves everything under /_lab/. Pages of other sites can't post to it.
func (l *Lab) admin() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, serve func(r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, r, serve) })
	}
	handle("GET /_lab/calls", func(r *http.Request) (any, error) { return l.Calls.Calls(limitOf(r)), nil })
	handle("GET /_lab/counters", func(*http.Request) (any, error) { return l.Counters(), nil })
	handle("POST /_lab/counters/reset", func(*http.Request) (any, error) { l.ResetCounters(); return nil, nil })
	handle("GET /_lab/violations", func(*http.Request) (any, error) { return l.Calls.Violations(), nil })
	handle("GET /_lab/faults", func(*http.Request) (any, error) { return l.Faults.List(), nil })
	handle("GET /_lab/faults/kinds", func(*http.Request) (any, error) { return l.Faults.Kinds(), nil })
	handle("POST /_lab/faults", l.postFaults)
	handle("DELETE /_lab/faults", func(*http.Request) (any, error) { return nil, l.Faults.Set() })
	handle("DELETE /_lab/faults/{id}", l.deleteFault)
	handle("GET /_lab/latency", func(*http.Request) (any, error) { return l.latency(), nil })
	handle("POST /_lab/latency", l.postLatency)
	handle("GET /_lab/state", func(*http.Request) (any, error) { return l.state(), nil })
	handle("GET /_lab/deliveries", func(r *http.Request) (any, error) { return l.Webhooks.Log(limitOf(r)), nil })
	handle("POST /_lab/deliveries/drain", func(r *http.Request) (any, error) { return nil, l.Webhooks.Drain(r.Context()) })
	handle("GET /_lab/actions", func(*http.Request) (any, error) { return l.options.Actions, nil })
	for _, action := range l.options.Actions {
		handle("POST /_lab/"+action.Name, action.serve)
	}

	l.console(mux)
	return http.NewCrossOriginProtection().Handler(mux)
}

// serve decodes and checks an action's input, then runs the action.
func (a Action) serve(r *http.Request) (any, error) {
	members := map[string]any{}
	if err := decodeJSON(r, &members); err != nil {
		return nil, err
	}
	in := NewInput(members)
	for _, field := range a.Fields {
		if field.Required {
			_ = in.Require(field.Name) // the error is part of in.Err below
		}
		field.check(in)
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	return a.Do(in)
}

func (l *Lab) postFaults(r *http.Request) (any, error) {
	body, err := readBounded(r)
	if err != nil {
		return nil, err
	}
	if body = bytes.TrimSpace(body); len(body) > 0 && body[0] == '[' {
		var faults []Fault
		if err := strictJSON(body, &faults); err != nil {
			return nil, err
		}
		if err := l.Faults.Set(faults...); err != nil {
			return nil, err
		}
		return l.Faults.List(), nil
	}
	var fault Fault
	if err := strictJSON(body, &fault); err != nil {
		return nil, err
	}
	return l.Faults.Add(fault)
}

func (l *Lab) deleteFault(r *http.Request) (any, error) {
	if !l.Faults.Remove(r.PathValue("id")) {
		return nil, NotFound("fault", r.PathValue("id"))
	}
	return nil, nil
}

// latencySetting is the latency in JSON.
type latencySetting struct {
	Millis       int `json:"millis"`
	JitterMillis int `json:"jitter_millis"`
}

func (l *Lab) latency() latencySetting {
	fixed, jitter := l.Latency.Get()
	return latencySetting{Millis: int(fixed.Milliseconds()), JitterMillis: int(jitter.Milliseconds())}
}

func (l *Lab) postLatency(r *http.Request) (any, error) {
	members := map[string]any{}
	if err := decodeJSON(r, &members); err != nil {
		return nil, err
	}
	in := NewInput(members)
	fixed, jitter := in.Int("millis"), in.Int("jitter_millis")
	if err := in.Err(); err != nil {
		return nil, err
	}
	l.Latency.Set(time.Duration(fixed)*time.Millisecond, time.Duration(jitter)*time.Millisecond)
	return l.latency(), nil
}

func (l *Lab) state() any {
	if l.options.State == nil {
		return nil
	}
	return l.options.State()
}

// strictJSON rejects unknown members, because a fault with a misspelled member would silently never hit.
func strictJSON(body []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("the body must be a fault or a list of faults: %w", err)
	}
	return nil
}

// answer writes the result of serve, or its error.
func answer(w http.ResponseWriter, r *http.Request, serve func(r *http.Request) (any, error)) {
	result, err := serve(r)
	switch {
	case errors.Is(err, ErrNotFound):
		writeJSON(w, http.StatusNotFound, map[string]string{"error": err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	case result == nil:
		writeJSON(w, http.StatusOK, map[string]any{})
	default:
		writeJSON(w, http.StatusOK, result)
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	body, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the result could not be encoded"}`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

func limitOf(r *http.Request) int {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		return 0
	}
	return limit
}
