package test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

const (
	// vendorLatency is what every call to a vendor takes, and so the least that a request can take to exist.
	vendorLatency = 30 * time.Millisecond
	// benchTime is how long alerts come in.
	benchTime = 30 * time.Second
	// sampled is about how many executions are taken apart.
	sampled = 200
)

// BenchmarkAlert measures from NinjaOne's webhook to the request in Accelo at a steady rate, and where the time goes.
func BenchmarkAlert(b *testing.B) {
	for _, rate := range []int{5, 50} {
		b.Run(fmt.Sprintf("%d-per-second", rate), func(b *testing.B) {
			w := alertBench(b, 40, 400)
			for range b.N {
				m := &measurement{world: w, calls: map[int64]lab.Call{}}
				m.steady(rate, benchTime)
				m.report(b)
			}
		})
	}
}

// BenchmarkAlertStorm is 2,000 alerts from 50 organizations at once: one request each, none lost.
func BenchmarkAlertStorm(b *testing.B) {
	const alerts = 2000
	w := alertBench(b, 50, 500)
	for range b.N {
		m := &measurement{world: w, calls: map[int64]lab.Call{}, began: time.Now()}
		m.storm(alerts)
		m.report(b)
		drain := m.last.Sub(m.began)
		b.ReportMetric(drain.Seconds(), "s-drain")
		b.ReportMetric(alerts/drain.Seconds(), "alerts/s")
	}
}

// alertBench is a world with everything imported, so that every alert is a warm one. Webhooks come in without a gate. Temporal's
// server is one as `make demo` starts it; that of the tests reads more from its database, for their many namespaces.
func alertBench(b *testing.B, organizations, devices int) *alertWorld {
	b.Helper()
	temporal, err := local.StartTemporal(b.Context(), local.TemporalOptions{Headless: true, SearchAttributes: flow.SearchAttributes()})
	require.NoError(b, err)
	b.Cleanup(temporal.Kill)
	w := &alertWorld{world: newWorld(b, scenario{
		organizations: organizations, devices: devices, ninjaOne: []string{"-alerts", "0"}, accelo: []string{"-rate-limit", "10000000"},
		temporal: temporal,
	}), gate: newGate(b)}
	w.worker()
	w.serve()
	w.stack.Set("PUBLIC_URL=" + w.served)
	require.Equal(b, 0, w.run("connect").Code)
	require.Empty(b, w.imports().Failures)
	device, _ := w.device(0)
	warm := w.trigger(device.ID, condition(0))
	w.until("the first request is there", func() bool { return len(w.requests(warm)) == 1 })
	w.ended(alertTriggered(warm))
	w.ninjaOne.setLatency(vendorLatency)
	w.accelo.setLatency(vendorLatency)
	return w
}

// measurement are the alerts of one run, and what the simulators saw of them.
type measurement struct {
	world       *alertWorld
	began, last time.Time

	mu    sync.Mutex
	uids  map[string]string // activity id to uid
	calls map[int64]lab.Call
	known int
	// spent is the CPU time of each program when it began, and at the end what it took.
	spent map[string]time.Duration
}

// steady triggers alerts at a rate, on one device after the other.
func (m *measurement) steady(rate int, length time.Duration) {
	w := m.world
	m.begin()
	var devices []int
	for _, device := range w.ninjaOne.state().Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices = append(devices, device.ID)
		}
	}
	total := rate * int(length.Seconds())
	ticker := time.NewTicker(time.Second / time.Duration(rate))
	defer ticker.Stop()
	var group sync.WaitGroup
	for i := range total {
		<-ticker.C
		group.Go(func() {
			answer := w.ninjaOne.act("trigger", merged(condition(m.known+1+i), map[string]any{"device_id": devices[i%len(devices)]}))
			m.note(answer)
		})
		if i%(rate*5) == 0 {
			group.Go(m.collect)
		}
	}
	group.Wait()
	m.await(total)
}

// storm fires alerts all at once, each of a fault of its own: alerts of one fault would join one request.
func (m *measurement) storm(alerts int) {
	m.begin()
	w := m.world
	var devices []int
	for _, device := range w.ninjaOne.state().Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices = append(devices, device.ID)
		}
	}
	var group sync.WaitGroup
	for i := range alerts {
		group.Go(func() {
			m.note(w.ninjaOne.act("trigger", merged(condition(m.known+1+i), map[string]any{"device_id": devices[i%len(devices)]})))
		})
	}
	group.Wait()
	m.await(alerts)
}

func merged(a, b map[string]any) map[string]any {
	maps.Copy(a, b)
	return a
}

func (m *measurement) begin() {
	m.world.forgetCalls()
	m.uids, m.known = map[string]string{}, len(m.world.accelo.state().Requests)
	m.began, m.spent = time.Now(), costs()
}

func (m *measurement) note(alert map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uids[fmt.Sprintf("%.0f", alert["activity_id"])] = alert["uid"].(string)
}

// collect keeps the calls to Accelo before its simulator forgets them.
func (m *measurement) collect() {
	calls := call[[]lab.Call](m.world.world, http.MethodGet, m.world.accelo.url+"/_lab/calls", nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range calls {
		m.calls[one.Seq] = one
	}
}

// await waits until every alert has its request and everything else is done.
func (m *measurement) await(total int) {
	w := m.world
	for {
		m.collect()
		if len(m.requests()) >= total {
			break
		}
		select {
		case <-w.ctx.Done():
			require.Fail(w.t, "alerts are lost", "%d of %d have a request", len(m.requests()), total)
		case <-time.After(500 * time.Millisecond):
		}
	}
	// Counted: asked for one by one, they would add much to what an alert costs the server.
	w.until("all alerts are done", func() bool {
		done, err := w.temporal.CountWorkflow(w.ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowType = '" + flow.AlertTriggered + "' AND ExecutionStatus = 'Completed'",
		})
		require.NoError(w.t, err)
		return done.GetCount() >= int64(m.known+total)
	})
	for program, spent := range costs() {
		m.spent[program] = spent - m.spent[program]
	}
}

// requests are the calls that opened a request, in the order in which they ended.
func (m *measurement) requests() []lab.Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	var opened []lab.Call
	for _, one := range m.calls {
		if one.Method == http.MethodPost && one.Path == "/api/v0/requests" && one.Status == http.StatusOK {
			opened = append(opened, one)
		}
	}
	slices.SortFunc(opened, func(a, b lab.Call) int { return end(a).Compare(end(b)) })
	return opened
}

func end(c lab.Call) time.Time {
	return c.Time.Add(time.Duration(c.Millis * float64(time.Millisecond)))
}

// report pairs requests with their calls by the order in which they were made, and reports the distribution of the time from the
// webhook's sending to the end of that call.
func (m *measurement) report(b *testing.B) {
	b.Helper()
	w := m.world
	opened := m.requests()
	state := w.accelo.state()
	made := slices.SortedFunc(slices.Values(state.Requests[m.known:]), func(a, b accelo.Request) int { return cmp.Compare(a.ID, b.ID) })
	require.Len(b, made, len(m.uids), "one request each")
	require.Len(b, opened, len(m.uids), "one call each")
	calls := map[string]lab.Call{}
	for i, request := range made {
		calls[markOf(b, request)] = opened[i]
	}
	require.Len(b, calls, len(m.uids))
	var took []time.Duration
	var first, last time.Time // of the webhooks' sending, newest first
	eager := 0
	stages := map[string][]time.Duration{}
	for _, sent := range call[[]lab.DeliveryResult](w.world, http.MethodGet, w.ninjaOne.url+"/_lab/deliveries", nil) {
		uid, mine := m.uids[sent.ID]
		if !mine {
			continue
		}
		if first = sent.Time; last.IsZero() {
			last = sent.Time
		}
		took = append(took, end(calls[uid]).Sub(sent.Time))
		if len(took)%max(len(m.uids)/sampled, 1) == 0 { // spread over the whole run
			eager += w.stages(uid, sent, calls[uid], stages)
		}
	}
	require.Len(b, took, len(m.uids), "deliveries")
	m.last = end(opened[len(opened)-1])
	for _, share := range []int{50, 95, 99} {
		b.ReportMetric(millis(quantile(took, share)), fmt.Sprintf("ms-p%d", share))
	}
	b.ReportMetric(float64(quantile(took, 50))/float64(vendorLatency), "x-bound")
	// NinjaOne's simulator sends a few at a time and waits for the answers: where these are slow, fewer are sent than were triggered.
	b.ReportMetric(float64(len(took)-1)/last.Sub(first).Seconds(), "sent/s")
	b.ReportMetric(100*float64(eager)/float64(len(stages["answered"])), "%-eager-start")
	for _, program := range []string{"starter", "worker", "temporal", "postgres"} {
		b.ReportMetric(millis(m.spent[program])/float64(len(took)), "ms-cpu-"+program)
	}
	for name, durations := range stages {
		b.ReportMetric(millis(quantile(durations, 50)), "ms-"+name)
	}
}

func markOf(b *testing.B, request accelo.Request) string {
	b.Helper()
	const mark = "\nNinjaOne alert UID: "
	at := len(request.Body) - len("00000000-0000-0000-0000-000000000000\n")
	require.Equal(b, mark, request.Body[at-len(mark):at])
	return request.Body[at : len(request.Body)-1]
}

// stages are the legs of an alert's way: the webhook until Temporal has it, from there to the call, which is the workflow's first
// step and our database, and the call itself. Clocks are one: everything runs on this machine. It returns 1 where
// the first task came along with the start.
func (w *alertWorld) stages(uid string, sent lab.DeliveryResult, opened lab.Call, stages map[string][]time.Duration) (eager int) {
	w.t.Helper()
	at := map[enumspb.EventType]time.Time{}
	events := w.temporal.GetWorkflowHistory(w.ctx, alertTriggered(uid), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		var event *historypb.HistoryEvent
		event, err := events.Next()
		require.NoError(w.t, err)
		if event.GetWorkflowExecutionStartedEventAttributes().GetEagerExecutionAccepted() {
			eager = 1
		}
		if _, seen := at[event.GetEventType()]; !seen {
			at[event.GetEventType()] = event.GetEventTime().AsTime()
		}
	}
	started := at[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED]
	for name, took := range map[string]time.Duration{
		"1-webhook-to-start": started.Sub(sent.Time), "2-start-to-call": opened.Time.Sub(started), "3-vendor-call": end(opened).Sub(opened.Time),
		"answered": time.Duration(sent.Millis * float64(time.Millisecond)),
	} {
		stages[name] = append(stages[name], took)
	}
	return eager
}

func quantile(durations []time.Duration, share int) time.Duration {
	sorted := slices.Sorted(slices.Values(durations))
	return sorted[min(len(sorted)-1, len(sorted)*share/100)]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
