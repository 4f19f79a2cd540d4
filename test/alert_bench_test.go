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
	// vendorLatency is the latency of every call to a vendor, and so the minimum time from webhook to request.
	vendorLatency = 30 * time.Millisecond
	// benchTime is how long alerts are triggered.
	benchTime = 30 * time.Second
	// sampleSize is roughly how many workflows are broken down by stage.
	sampleSize = 200
)

// BenchmarkAlert measures the time from NinjaOne's webhook to the request in Accelo at a steady rate, and which stage takes how long.
func BenchmarkAlert(b *testing.B) {
	for _, rate := range []int{5, 50} {
		b.Run(fmt.Sprintf("%d-per-second", rate), func(b *testing.B) {
			e := newAlertBenchEnv(b, 40, 400)
			for range b.N {
				m := &measurement{env: e, calls: map[int64]lab.Call{}}
				m.steady(rate, benchTime)
				m.report(b)
			}
		})
	}
}

// BenchmarkAlertStorm triggers 2,000 alerts of 50 organizations at once. Each gets exactly one request.
func BenchmarkAlertStorm(b *testing.B) {
	const alerts = 2000
	e := newAlertBenchEnv(b, 50, 500)
	for range b.N {
		m := &measurement{env: e, calls: map[int64]lab.Call{}, began: time.Now()}
		m.storm(alerts)
		m.report(b)
		drain := m.last.Sub(m.began)
		b.ReportMetric(drain.Seconds(), "s-drain")
		b.ReportMetric(alerts/drain.Seconds(), "alerts/s")
	}
}

// newAlertBenchEnv returns an environment with everything imported, so that every alert finds its company and asset. Webhooks skip
// the proxy. The Temporal server runs as in `make demo`; the shared one of the tests rereads its many namespaces more often.
func newAlertBenchEnv(b *testing.B, organizations, devices int) *alertEnv {
	b.Helper()
	temporal, err := local.StartTemporal(b.Context(), local.TemporalOptions{Headless: true, SearchAttributes: flow.SearchAttributes()})
	require.NoError(b, err)
	b.Cleanup(temporal.Kill)
	e := &alertEnv{testEnv: newTestEnv(b, scenario{
		organizations: organizations, devices: devices, ninjaOne: []string{"-alerts", "0"}, accelo: []string{"-rate-limit", "10000000"},
		temporal: temporal,
	}), webhooks: newWebhookProxy(b)}
	e.startWorker()
	e.startServe()
	e.stack.Set("PUBLIC_URL=" + e.serveURL)
	require.Equal(b, 0, e.starter("connect").Code)
	require.Empty(b, e.runImport().Failures)
	device, _ := e.device(0)
	warm := e.trigger(device.ID, condition(0))
	e.waitUntil("the first request exists", func() bool { return len(e.requestsOf(warm)) == 1 })
	e.waitForWorkflows(alertTriggered(warm))
	e.ninjaOne.setLatency(vendorLatency)
	e.accelo.setLatency(vendorLatency)
	return e
}

// measurement holds the alerts of one run and the calls that the simulators logged.
type measurement struct {
	env         *alertEnv
	began, last time.Time

	mu    sync.Mutex
	uids  map[string]string // by activity ID
	calls map[int64]lab.Call
	// known is the number of requests before the run.
	known int
	// spent is the CPU time of each program at the start. At the end it is what the run took.
	spent map[string]time.Duration
}

// steady triggers alerts at a rate, on one device after another.
func (m *measurement) steady(rate int, length time.Duration) {
	e := m.env
	m.start()
	var devices []int
	for _, device := range e.ninjaOne.state().Devices {
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
			answer := e.ninjaOne.act("trigger", merged(condition(m.known+1+i), map[string]any{"device_id": devices[i%len(devices)]}))
			m.recordUID(answer)
		})
		if i%(rate*5) == 0 {
			group.Go(m.collect)
		}
	}
	group.Wait()
	m.waitForRequests(total)
}

// storm triggers all alerts at once. Each has its own condition, so that none joins another's request.
func (m *measurement) storm(alerts int) {
	m.start()
	e := m.env
	var devices []int
	for _, device := range e.ninjaOne.state().Devices {
		if device.ApprovalStatus == "APPROVED" {
			devices = append(devices, device.ID)
		}
	}
	var group sync.WaitGroup
	for i := range alerts {
		group.Go(func() {
			m.recordUID(e.ninjaOne.act("trigger", merged(condition(m.known+1+i), map[string]any{"device_id": devices[i%len(devices)]})))
		})
	}
	group.Wait()
	m.waitForRequests(alerts)
}

func merged(a, b map[string]any) map[string]any {
	maps.Copy(a, b)
	return a
}

func (m *measurement) start() {
	m.env.resetCalls()
	m.uids, m.known = map[string]string{}, len(m.env.accelo.state().Requests)
	m.began, m.spent = time.Now(), cpuTimes()
}

func (m *measurement) recordUID(alert map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uids[fmt.Sprintf("%.0f", alert["activity_id"])] = alert["uid"].(string)
}

// collect saves the calls to Accelo before its simulator drops them from its log.
func (m *measurement) collect() {
	calls := callJSON[[]lab.Call](m.env.testEnv, http.MethodGet, m.env.accelo.url+"/_lab/calls", nil)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range calls {
		m.calls[one.Seq] = one
	}
}

// waitForRequests waits until every alert has its request and every workflow has ended.
func (m *measurement) waitForRequests(total int) {
	e := m.env
	for {
		m.collect()
		if len(m.openCalls()) >= total {
			break
		}
		select {
		case <-e.ctx.Done():
			require.Fail(e.t, "alerts were lost", "%d of %d have a request", len(m.openCalls()), total)
		case <-time.After(500 * time.Millisecond):
		}
	}
	// One count query: a query per workflow would add noticeably to the server's CPU time per alert.
	e.waitUntil("all alerts are done", func() bool {
		done, err := e.temporal.CountWorkflow(e.ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowType = '" + flow.AlertTriggered + "' AND ExecutionStatus = 'Completed'",
		})
		require.NoError(e.t, err)
		return done.GetCount() >= int64(m.known+total)
	})
	for program, spent := range cpuTimes() {
		m.spent[program] = spent - m.spent[program]
	}
}

// openCalls returns the calls that opened a request, in the order in which they ended.
func (m *measurement) openCalls() []lab.Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	var opened []lab.Call
	for _, one := range m.calls {
		if one.Method == http.MethodPost && one.Path == "/api/v0/requests" && one.Status == http.StatusOK {
			opened = append(opened, one)
		}
	}
	slices.SortFunc(opened, func(a, b lab.Call) int { return endOf(a).Compare(endOf(b)) })
	return opened
}

func endOf(c lab.Call) time.Time {
	return c.Time.Add(time.Duration(c.Millis * float64(time.Millisecond)))
}

// report pairs requests with calls by their order, and reports the distribution of the time from the sending of the webhook to
// the end of its call.
func (m *measurement) report(b *testing.B) {
	b.Helper()
	e := m.env
	opened := m.openCalls()
	state := e.accelo.state()
	created := slices.SortedFunc(slices.Values(state.Requests[m.known:]), func(a, b accelo.Request) int { return cmp.Compare(a.ID, b.ID) })
	require.Len(b, created, len(m.uids), "one request each")
	require.Len(b, opened, len(m.uids), "one call each")
	calls := map[string]lab.Call{}
	for i, request := range created {
		calls[alertUIDOf(b, request)] = opened[i]
	}
	require.Len(b, calls, len(m.uids))
	var took []time.Duration
	var first, last time.Time // when webhooks were sent; the list is newest first
	eager := 0
	stages := map[string][]time.Duration{}
	for _, sent := range callJSON[[]lab.DeliveryResult](e.testEnv, http.MethodGet, e.ninjaOne.url+"/_lab/deliveries", nil) {
		uid, mine := m.uids[sent.ID]
		if !mine {
			continue
		}
		if first = sent.Time; last.IsZero() {
			last = sent.Time
		}
		took = append(took, endOf(calls[uid]).Sub(sent.Time))
		if len(took)%max(len(m.uids)/sampleSize, 1) == 0 { // samples are spread over the whole run
			eager += e.measureStages(uid, sent, calls[uid], stages)
		}
	}
	require.Len(b, took, len(m.uids), "deliveries")
	m.last = endOf(opened[len(opened)-1])
	for _, share := range []int{50, 95, 99} {
		b.ReportMetric(millis(quantile(took, share)), fmt.Sprintf("ms-p%d", share))
	}
	b.ReportMetric(float64(quantile(took, 50))/float64(vendorLatency), "x-bound")
	// NinjaOne's simulator sends a few webhooks at a time and waits for the answers. If they are slow, it sends fewer than the rate.
	b.ReportMetric(float64(len(took)-1)/last.Sub(first).Seconds(), "sent/s")
	b.ReportMetric(100*float64(eager)/float64(len(stages["answered"])), "%-eager-start")
	for _, program := range []string{"starter", "worker", "temporal", "postgres"} {
		b.ReportMetric(millis(m.spent[program])/float64(len(took)), "ms-cpu-"+program)
	}
	for name, durations := range stages {
		b.ReportMetric(millis(quantile(durations, 50)), "ms-"+name)
	}
}

func alertUIDOf(b *testing.B, request accelo.Request) string {
	b.Helper()
	uids := alertUIDsIn(request)
	require.Len(b, uids, 1)
	return uids[0]
}

// measureStages adds the stages of one alert: from the webhook until Temporal has it, from there to the call (the workflow's first
// step and our database), and the call itself. Everything runs on this machine, so there is one clock. It returns 1 if the first
// workflow task came with the answer to the start.
func (e *alertEnv) measureStages(uid string, sent lab.DeliveryResult, opened lab.Call, stages map[string][]time.Duration) (eager int) {
	e.t.Helper()
	at := map[enumspb.EventType]time.Time{}
	events := e.temporal.GetWorkflowHistory(e.ctx, alertTriggered(uid), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		var event *historypb.HistoryEvent
		event, err := events.Next()
		require.NoError(e.t, err)
		if event.GetWorkflowExecutionStartedEventAttributes().GetEagerExecutionAccepted() {
			eager = 1
		}
		if _, seen := at[event.GetEventType()]; !seen {
			at[event.GetEventType()] = event.GetEventTime().AsTime()
		}
	}
	started := at[enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED]
	for name, took := range map[string]time.Duration{
		"1-webhook-to-start": started.Sub(sent.Time), "2-start-to-call": opened.Time.Sub(started), "3-vendor-call": endOf(opened).Sub(opened.Time),
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
