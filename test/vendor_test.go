package test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// vendor is the administrative side of a running simulator whose state is a W.
type vendor[W any] struct {
	world *world
	url   string
}

// state is everything the vendor holds.
func (v vendor[W]) state() W { return call[W](v.world, http.MethodGet, v.url+"/_lab/state", nil) }

// counters count the calls since the start or the last reset.
func (v vendor[W]) counters() lab.Counters {
	return call[lab.Counters](v.world, http.MethodGet, v.url+"/_lab/counters", nil)
}

func (v vendor[W]) resetCounters() { v.act("counters/reset", nil) }

// count is how many calls went to endpoints that end in a path, by method: POST of /assets.
func (v vendor[W]) count(method, path string) int {
	calls := 0
	for endpoint, n := range v.counters().ByEndpoint {
		if strings.HasPrefix(endpoint, method+" ") && strings.HasSuffix(endpoint, path) {
			calls += n
		}
	}
	return calls
}

// fail sets the active faults; none ends all of them.
func (v vendor[W]) fail(faults ...lab.Fault) {
	if faults == nil {
		faults = []lab.Fault{}
	}
	call[any](v.world, http.MethodPost, v.url+"/_lab/faults", faults)
}

// faultsLeft is how many of the active faults have not been used up.
func (v vendor[W]) faultsLeft() int {
	return len(call[[]lab.Fault](v.world, http.MethodGet, v.url+"/_lab/faults", nil))
}

func (v vendor[W]) setLatency(latency time.Duration) {
	v.act("latency", map[string]any{"millis": latency.Milliseconds()})
}

// act does what a person would do.
func (v vendor[W]) act(action string, input map[string]any) map[string]any {
	return call[map[string]any](v.world, http.MethodPost, v.url+"/_lab/"+action, input)
}

// try does what a person may come too late for, as to reset an alert that is gone by now, and tells whether it was done.
func (v vendor[W]) try(action string, input map[string]any) bool {
	v.world.t.Helper()
	status, answer := exchange(v.world, http.MethodPost, v.url+"/_lab/"+action, input)
	require.Contains(v.world.t, []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound}, status, "%s: %s", action, answer)
	return status == http.StatusOK
}

// id is the id of what an action made.
func (v vendor[W]) id(action string, input map[string]any) int64 {
	id, ok := v.act(action, input)["id"].(float64)
	require.True(v.world.t, ok, "%s answers no id", action)
	return int64(id)
}

// violations are calls that the vendor lets pass although they do not do what their author meant.
func (v vendor[W]) violations() []string {
	distinct := map[string]bool{}
	for _, violation := range call[[]lab.Violation](v.world, http.MethodGet, v.url+"/_lab/violations", nil) {
		distinct[violation.Method+" "+violation.Path+": "+violation.Detail] = true
	}
	return slices.Sorted(maps.Keys(distinct))
}

func call[T any](w *world, method, url string, input any) T {
	w.t.Helper()
	status, answer := exchange(w, method, url, input)
	require.Equal(w.t, http.StatusOK, status, "%s %s: %s", method, url, answer)
	var result T
	require.NoError(w.t, json.Unmarshal(answer, &result), "%s %s", method, url)
	return result
}

func exchange(w *world, method, url string, input any) (status int, answer []byte) {
	w.t.Helper()
	body, err := json.Marshal(input)
	require.NoError(w.t, err)
	request, err := http.NewRequestWithContext(w.ctx, method, url, bytes.NewReader(body))
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return response.StatusCode, answer
}

// theOne is the element that is asked for, which has to be there.
func theOne[E any](t testing.TB, what string, all []E, is func(E) bool) E {
	t.Helper()
	at := slices.IndexFunc(all, is)
	require.GreaterOrEqual(t, at, 0, "%s is gone", what)
	return all[at]
}
