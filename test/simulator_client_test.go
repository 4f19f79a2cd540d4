package test

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// simulator is the console API of a running simulator whose state has the type W.
type simulator[W any] struct {
	env *testEnv
	url string
}

// state returns everything that the vendor holds.
func (v simulator[W]) state() W { return callJSON[W](v.env, http.MethodGet, v.url+"/_lab/state", nil) }

// counters returns the counts of calls since the start or the last reset.
func (v simulator[W]) counters() lab.Counters {
	return callJSON[lab.Counters](v.env, http.MethodGet, v.url+"/_lab/counters", nil)
}

func (v simulator[W]) resetCounters() { v.act("counters/reset", nil) }

// count returns the number of calls with a method to endpoints whose path ends in path, such as POST and /assets.
func (v simulator[W]) count(method, path string) int {
	calls := 0
	for endpoint, n := range v.counters().ByEndpoint {
		if strings.HasPrefix(endpoint, method+" ") && strings.HasSuffix(endpoint, path) {
			calls += n
		}
	}
	return calls
}

// setFaults replaces the active faults. Without arguments it ends them all.
func (v simulator[W]) setFaults(faults ...lab.Fault) {
	if faults == nil {
		faults = []lab.Fault{}
	}
	callJSON[any](v.env, http.MethodPost, v.url+"/_lab/faults", faults)
}

// faultsLeft returns the number of active faults that are not used up.
func (v simulator[W]) faultsLeft() int {
	return len(callJSON[[]lab.Fault](v.env, http.MethodGet, v.url+"/_lab/faults", nil))
}

func (v simulator[W]) setLatency(latency time.Duration) {
	v.act("latency", map[string]any{"millis": latency.Milliseconds()})
}

// act performs an action of the simulator's console, such as what a user of the vendor does.
func (v simulator[W]) act(action string, input map[string]any) map[string]any {
	return callJSON[map[string]any](v.env, http.MethodPost, v.url+"/_lab/"+action, input)
}

// tryAct performs an action that may be too late, such as the reset of a reset alert, and reports whether it succeeded.
func (v simulator[W]) tryAct(action string, input map[string]any) bool {
	v.env.t.Helper()
	status, answer := sendJSON(v.env, http.MethodPost, v.url+"/_lab/"+action, input)
	require.Contains(v.env.t, []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound}, status, "%s: %s", action, answer)
	return status == http.StatusOK
}

// tryActID performs an action that may be too late, and returns the ID of the object that it created.
func (v simulator[W]) tryActID(action string, input map[string]any) (id int64, done bool) {
	v.env.t.Helper()
	status, answer := sendJSON(v.env, http.MethodPost, v.url+"/_lab/"+action, input)
	var created struct {
		ID int64 `json:"id"`
	}
	require.NoError(v.env.t, json.Unmarshal(answer, &created))
	return created.ID, status == http.StatusOK
}

// actID performs an action and returns the ID of the object that it created.
func (v simulator[W]) actID(action string, input map[string]any) int64 {
	id, ok := v.act(action, input)["id"].(float64)
	require.True(v.env.t, ok, "%s returned no ID", action)
	return int64(id)
}

// violations returns the calls that the vendor accepts but that don't do what the caller meant.
func (v simulator[W]) violations() []string {
	distinct := map[string]bool{}
	for _, violation := range callJSON[[]lab.Violation](v.env, http.MethodGet, v.url+"/_lab/violations", nil) {
		distinct[violation.Method+" "+violation.Path+": "+violation.Detail] = true
	}
	return slices.Sorted(maps.Keys(distinct))
}

func callJSON[T any](e *testEnv, method, url string, input any) T {
	e.t.Helper()
	status, answer := sendJSON(e, method, url, input)
	require.Equal(e.t, http.StatusOK, status, "%s %s: %s", method, url, answer)
	var result T
	require.NoError(e.t, json.Unmarshal(answer, &result), "%s %s", method, url)
	return result
}

func sendJSON(e *testEnv, method, url string, input any) (status int, answer []byte) {
	e.t.Helper()
	body, err := json.Marshal(input)
	require.NoError(e.t, err)
	if e.journal != nil && method == http.MethodPost {
		defer func() {
			*e.journal = append(*e.journal, fmt.Sprintf("%s %s %s %d", time.Now().UTC().Format(time.RFC3339Nano), url, body, status))
		}()
	}
	request, err := http.NewRequestWithContext(e.ctx, method, url, bytes.NewReader(body))
	require.NoError(e.t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(e.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	require.NoError(e.t, err)
	return response.StatusCode, answer
}

// findOne returns the element that matches, and fails the test if there is none.
func findOne[E any](t testing.TB, what string, all []E, is func(E) bool) E {
	t.Helper()
	at := slices.IndexFunc(all, is)
	require.GreaterOrEqual(t, at, 0, "%s does not exist", what)
	return all[at]
}
