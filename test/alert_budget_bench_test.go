package test

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// Accelo's limit is so low that the import uses up every window except for the reserve.
const (
	budgetLimit  = 1200
	budgetWindow = time.Minute
	budgetTime   = 2 * time.Minute
	budgetPace   = time.Second
)

// BenchmarkAlertUnderImport measures alerts at a steady rate while nothing else runs, and again while an import uses up Accelo's
// budget down to the reserve: the time from webhook to request, and the share of calls that Accelo rejects.
func BenchmarkAlertUnderImport(b *testing.B) {
	for b.Loop() {
		e := &alertEnv{testEnv: newTestEnv(b, scenario{
			organizations: 60, devices: 4000, timeout: 20 * time.Minute,
			accelo: []string{"-rate-limit", strconv.Itoa(budgetLimit), "-rate-window", budgetWindow.String()},
		}), webhooks: newWebhookProxy(b)}
		e.startWorker()
		e.startServe()
		e.stack.Set("PUBLIC_URL=" + e.serveURL)
		require.Equal(b, 0, e.starter("connect").Code)
		devices := e.warmDevices(b)
		e.ninjaOne.setLatency(vendorLatency)
		e.accelo.setLatency(vendorLatency)

		idle := e.measureLatencies(b, devices, budgetTime)
		running := e.starterInBackground(e.ctx, "import", "--json")
		e.waitUntil("the import has used most of the budget", func() bool {
			rate := e.accelo.state().Rate
			return rate.Limit-rate.Remaining >= budgetLimit*8/10
		})
		busy := e.measureLatencies(b, devices, budgetTime)
		calls := e.accelo.counters()
		least := e.accelo.state().Rate.Remaining
		progress := e.progress()
		require.Less(b, progress.Devices.Done, progress.Devices.Total, "the import ended before the alerts did")
		require.NoError(b, e.temporal.CancelWorkflow(e.ctx, importID, ""))
		running()

		var f figures
		refused := 100 * float64(calls.ByStatus[http.StatusTooManyRequests]) / float64(calls.Total)
		f.add("webhook to request, idle", "p50 %.0f ms, p95 %.0f ms of %d alerts", millis(quantile(idle, 50)), millis(quantile(idle, 95)), len(idle))
		f.add("webhook to request, import at the limit", "p50 %.0f ms, p95 %.0f ms of %d alerts", millis(quantile(busy, 50)), millis(quantile(busy, 95)), len(busy))
		f.add("p95 against idle", "%.2f times", float64(quantile(busy, 95))/float64(quantile(idle, 95)))
		f.add("refused by Accelo (429)", "%d of %d calls, %.2f %%", calls.ByStatus[http.StatusTooManyRequests], calls.Total, refused)
		f.add("left of the window at the end", "%d of %d", least, budgetLimit)
		f.add("import meanwhile", "%d of %d devices", progress.Devices.Done, progress.Devices.Total)
		f.print(b, "Alerts while an import is at Accelo's limit: "+strconv.Itoa(budgetLimit)+" calls in "+budgetWindow.String()+", an alert every "+budgetPace.String())
		b.ReportMetric(float64(quantile(busy, 95))/float64(quantile(idle, 95)), "x-idle-p95")
		b.ReportMetric(refused, "%-refused")
	}
}

// warmDevices imports one organization, completes a first alert and returns the organization's devices.
func (e *alertEnv) warmDevices(b *testing.B) (devices []int) {
	b.Helper()
	first, organization := e.device(0)
	require.Empty(b, e.runImport("--organization", strconv.Itoa(organization.ID)).Failures)
	for _, device := range e.ninjaOne.state().Devices {
		if device.ApprovalStatus == "APPROVED" && device.OrganizationID == organization.ID {
			devices = append(devices, device.ID)
		}
	}
	warm := e.trigger(first.ID, condition(0))
	e.waitUntil("the first request exists", func() bool { return len(e.requestsOf(warm)) == 1 })
	e.waitForWorkflows(alertTriggered(warm))
	return devices
}

// measureLatencies triggers alerts and returns the times from the sending of a webhook to the end of the call that opened its request.
func (e *alertEnv) measureLatencies(b *testing.B, devices []int, length time.Duration) []time.Duration {
	b.Helper()
	m := &measurement{env: e, calls: map[int64]lab.Call{}}
	m.start()
	total := int(length / budgetPace)
	ticker := time.NewTicker(budgetPace)
	defer ticker.Stop()
	var group sync.WaitGroup
	for i := range total {
		<-ticker.C
		group.Go(func() {
			m.recordUID(e.ninjaOne.act("trigger", merged(condition(m.known+1+i), map[string]any{"device_id": devices[i%len(devices)]})))
		})
		if i%5 == 0 {
			m.collect()
		}
	}
	group.Wait()
	m.waitForRequests(total)
	return m.latencies(b)
}

// latencies pairs requests with the calls that opened them by their order.
func (m *measurement) latencies(b *testing.B) []time.Duration {
	b.Helper()
	opened := m.openCalls()
	created := slices.SortedFunc(slices.Values(m.env.accelo.state().Requests[m.known:]),
		func(a, b accelo.Request) int { return cmp.Compare(a.ID, b.ID) })
	require.Len(b, created, len(m.uids), "one request each")
	require.Len(b, opened, len(m.uids), "one call each")
	ends := map[string]time.Time{}
	for i, request := range created {
		ends[alertUIDOf(b, request)] = endOf(opened[i])
	}
	var took []time.Duration
	for _, sent := range callJSON[[]lab.DeliveryResult](m.env.testEnv, http.MethodGet, m.env.ninjaOne.url+"/_lab/deliveries", nil) {
		if uid, mine := m.uids[sent.ID]; mine {
			took = append(took, ends[uid].Sub(sent.Time))
		}
	}
	require.Len(b, took, len(m.uids), "deliveries")
	return took
}
