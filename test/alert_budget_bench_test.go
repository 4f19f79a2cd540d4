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

// What the budget's benchmark works with: Accelo's limit is so low that the import uses up every window but the reserve.
const (
	budgetLimit  = 1200
	budgetWindow = time.Minute
	budgetTime   = 2 * time.Minute
	budgetPace   = time.Second
)

// BenchmarkAlertUnderImport measures alerts at a steady rate while nothing else happens, and again while a full import uses up
// Accelo's budget down to the reserve: how long a request takes, and how many calls Accelo refuses.
func BenchmarkAlertUnderImport(b *testing.B) {
	for b.Loop() {
		w := &alertWorld{world: newWorld(b, scenario{
			organizations: 60, devices: 4000, patience: 20 * time.Minute,
			accelo: []string{"-rate-limit", strconv.Itoa(budgetLimit), "-rate-window", budgetWindow.String()},
		}), gate: newGate(b)}
		w.worker()
		w.serve()
		w.stack.Set("PUBLIC_URL=" + w.served)
		require.Equal(b, 0, w.run("connect").Code)
		devices := w.warmDevices(b)
		w.ninjaOne.setLatency(vendorLatency)
		w.accelo.setLatency(vendorLatency)

		idle := w.latencies(b, devices, budgetTime)
		running := w.starting(w.ctx, "import", "--json")
		w.until("the import has used the budget up", func() bool {
			rate := w.accelo.state().Rate
			return rate.Limit-rate.Remaining >= budgetLimit*8/10
		})
		busy := w.latencies(b, devices, budgetTime)
		calls := w.accelo.counters()
		least := w.accelo.state().Rate.Remaining
		progress := w.progress()
		require.Less(b, progress.Devices.Done, progress.Devices.Total, "the import was over too soon to be in anybody's way")
		require.NoError(b, w.temporal.CancelWorkflow(w.ctx, importID, ""))
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

// warmDevices are the devices of one organization that was imported by itself, with a first alert done.
func (w *alertWorld) warmDevices(b *testing.B) (devices []int) {
	b.Helper()
	first, organization := w.device(0)
	require.Empty(b, w.imports("--organization", strconv.Itoa(organization.ID)).Failures)
	for _, device := range w.ninjaOne.state().Devices {
		if device.ApprovalStatus == "APPROVED" && device.OrganizationID == organization.ID {
			devices = append(devices, device.ID)
		}
	}
	warm := w.trigger(first.ID, condition(0))
	w.until("the first request is there", func() bool { return len(w.requests(warm)) == 1 })
	w.ended(alertTriggered(warm))
	return devices
}

// latencies are the times from the sending of an alert's webhook to the end of the call that opened its request.
func (w *alertWorld) latencies(b *testing.B, devices []int, length time.Duration) []time.Duration {
	b.Helper()
	m := &measurement{world: w, calls: map[int64]lab.Call{}}
	m.begin()
	total := int(length / budgetPace)
	ticker := time.NewTicker(budgetPace)
	defer ticker.Stop()
	var group sync.WaitGroup
	for i := range total {
		<-ticker.C
		group.Go(func() {
			m.note(w.ninjaOne.act("trigger", merged(condition(m.known+1+i), map[string]any{"device_id": devices[i%len(devices)]})))
		})
		if i%5 == 0 {
			m.collect()
		}
	}
	group.Wait()
	m.await(total)
	return m.took(b)
}

// took pairs requests with the calls that opened them by the order in which they were made.
func (m *measurement) took(b *testing.B) []time.Duration {
	b.Helper()
	opened := m.requests()
	made := slices.SortedFunc(slices.Values(m.world.accelo.state().Requests[m.known:]), func(a, b accelo.Request) int { return cmp.Compare(a.ID, b.ID) })
	require.Len(b, made, len(m.uids), "one request each")
	require.Len(b, opened, len(m.uids), "one call each")
	ends := map[string]time.Time{}
	for i, request := range made {
		ends[markOf(b, request)] = end(opened[i])
	}
	var took []time.Duration
	for _, sent := range call[[]lab.DeliveryResult](m.world.world, http.MethodGet, m.world.ninjaOne.url+"/_lab/deliveries", nil) {
		if uid, mine := m.uids[sent.ID]; mine {
			took = append(took, ends[uid].Sub(sent.Time))
		}
	}
	require.Len(b, took, len(m.uids), "deliveries")
	return took
}
