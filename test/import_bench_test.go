package test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// The size of the measured import. bulkConcurrency is the product's limit of import calls in flight.
const (
	benchOrganizations = 200
	benchDevices       = 5000
	benchLatency       = 30 * time.Millisecond
	bulkConcurrency    = 4
)

// figures is a table of measurements.
type figures struct{ rows [][2]string }

func (f *figures) add(name, format string, values ...any) {
	f.rows = append(f.rows, [2]string{name, fmt.Sprintf(format, values...)})
}

func (f *figures) print(b *testing.B, title string) {
	b.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	load, _ := os.ReadFile("/proc/loadavg")
	_, _ = fmt.Fprintf(table, "%s\n%d CPUs, %s %s/%s, load %s\n\n", title, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		strings.Join(strings.Fields(string(load))[:min(3, len(strings.Fields(string(load))))], " "))
	for _, row := range f.rows {
		_, _ = fmt.Fprintf(table, "  %s\t%s\n", row[0], row[1])
	}
	require.NoError(b, table.Flush())
	fmt.Print("\n", text.String()) // b.Log would truncate it
}

// BenchmarkFullImport imports 5,000 devices of 200 organizations into an empty Accelo, with 30 ms of latency and no rate limit in reach.
// Then it imports again with nothing to do.
func BenchmarkFullImport(b *testing.B) {
	for b.Loop() {
		e := newTestEnv(b, scenario{
			organizations: benchOrganizations, devices: benchDevices, latency: benchLatency,
			accelo: []string{"-rate-limit", "1000000"},
		})
		require.Equal(b, 0, e.starter("connect").Code)
		worker := e.startWorker()
		plan := e.runImport("--plan")
		e.accelo.resetCounters()
		e.ninjaOne.resetCounters()
		done := e.runImport()
		accelo, ninjaOne := e.accelo.counters(), e.ninjaOne.counters()
		memory, processor := peakMemory(b, worker.PID()), processorTime(b, worker.PID())
		full, children := e.historyLengths(done)
		again := e.runImport()

		require.Equal(b, counts{Created: benchDevices}, done.Devices)
		require.Equal(b, counts{Unchanged: benchDevices}, again.Devices)
		calls := accelo.Reads + accelo.Writes
		bound := float64(calls) * benchLatency.Seconds() / bulkConcurrency
		events := float64(full+children) / benchDevices
		var f figures
		f.add("first import", "%.1f s", done.Seconds)
		f.add("devices per second", "%.0f", benchDevices/done.Seconds)
		f.add("calls to Accelo", "%d (%d writes), at most %d in flight", calls, accelo.Writes, accelo.PeakInFlight)
		f.add("calls to NinjaOne", "%d", ninjaOne.Total-ninjaOne.Auth)
		f.add("bound: calls × latency ÷ 4", "%.1f s", bound)
		f.add("ratio to the bound", "%.2f", done.Seconds/bound)
		f.add("worker's peak memory (VmHWM)", "%.0f MB", memory)
		f.add("worker's processor time", "%.1f s, plan included", processor)
		f.add("history events", "%d: FullImport %d, its %d children %d", full+children, full, benchOrganizations, children)
		f.add("history events per device", "%.3f", events)
		f.add("history events per organization", "%.1f of FullImport, %.1f of its child, whatever its devices",
			float64(full)/benchOrganizations, float64(children)/benchOrganizations)
		f.add("second import", "%.1f s, %d calls to Accelo, %d writes, %d calls to NinjaOne",
			again.Seconds, again.APICalls.Accelo, again.APICalls.AcceloWrites, again.APICalls.NinjaOne)
		f.add("plan: calls", "%d predicted, %d actual (%+.1f %%)", plan.APICalls.Accelo, calls, deviation(float64(plan.APICalls.Accelo), float64(calls)))
		f.add("plan: seconds", "%.1f predicted, %.1f actual (%+.1f %%)", *plan.EstimatedSeconds, done.Seconds, deviation(*plan.EstimatedSeconds, done.Seconds))
		f.print(b, fmt.Sprintf("Full import: %d devices, %d organizations, %s latency", benchDevices, benchOrganizations, benchLatency))
		b.ReportMetric(benchDevices/done.Seconds, "devices/s")
		b.ReportMetric(done.Seconds/bound, "x-bound")
		b.ReportMetric(memory, "MB-worker")
		b.ReportMetric(events, "events/device")
		b.ReportMetric(again.Seconds, "s-unchanged")
	}
}

// BenchmarkPlanUnderBudget measures how well a plan predicts an import that has to wait for Accelo's budget several times.
func BenchmarkPlanUnderBudget(b *testing.B) {
	for b.Loop() {
		e := newConnectedEnv(b, scenario{
			organizations: 40, devices: 1000, latency: benchLatency, accelo: []string{"-rate-limit", "300", "-rate-window", "10s"},
		})
		// The product assumes a window of an hour until it has seen the next one begin.
		for range 2 {
			e.runImport("--plan")
			ends := e.accelo.state().Rate.Resets
			e.waitUntil("the window is over", func() bool { return time.Now().After(ends) })
		}
		plan := e.runImport("--plan")
		e.accelo.resetCounters()
		done := e.runImport()
		calls := e.accelo.counters()
		actual := calls.Reads + calls.Writes
		var f figures
		f.add("plan: calls", "%d predicted, %d actual (%+.1f %%)", plan.APICalls.Accelo, actual, deviation(float64(plan.APICalls.Accelo), float64(actual)))
		f.add("plan: seconds", "%.1f predicted, %.1f actual (%+.1f %%)", *plan.EstimatedSeconds, done.Seconds, deviation(*plan.EstimatedSeconds, done.Seconds))
		f.add("rejected by the limit", "%d", calls.ByStatus[429])
		f.print(b, "Import under a budget: 1000 devices, 40 organizations, 30ms latency, 300 calls in 10 s")
		b.ReportMetric(deviation(*plan.EstimatedSeconds, done.Seconds), "%-seconds-off")
		b.ReportMetric(deviation(float64(plan.APICalls.Accelo), float64(actual)), "%-calls-off")
	}
}

func deviation(predicted, actual float64) float64 { return 100 * (predicted - actual) / actual }

// peakMemory returns the peak memory of a process, in megabytes.
func peakMemory(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	require.NoError(b, err)
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			require.NoError(b, err)
			return kilobytes / 1024
		}
	}
	require.Fail(b, "no VmHWM in /proc")
	return 0
}

// processorTime returns the CPU time of a process so far, in seconds.
func processorTime(b *testing.B, pid int) float64 {
	b.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	require.NoError(b, err)
	// pid (name) state …: user and system time are the 14th and 15th field, in hundredths of a second.
	fields := strings.Fields(string(stat)[strings.LastIndex(string(stat), ")")+1:])
	require.Greater(b, len(fields), 12)
	user, err := strconv.ParseFloat(fields[11], 64)
	require.NoError(b, err)
	system, err := strconv.ParseFloat(fields[12], 64)
	require.NoError(b, err)
	return (user + system) / 100
}

// historyLengths returns the number of history events of an import, and of its children in total.
func (e *testEnv) historyLengths(report importReport) (full, children int64) {
	e.t.Helper()
	e.waitUntil("the visibility store has caught up", func() bool {
		full, children = 0, 0
		organizations := 0
		var next []byte
		for {
			list, err := e.temporal.ListWorkflow(e.ctx, &workflowservice.ListWorkflowExecutionsRequest{
				Query: "ExecutionStatus != 'Running'", PageSize: 1000, NextPageToken: next,
			})
			require.NoError(e.t, err)
			for _, execution := range list.GetExecutions() {
				switch {
				case strings.HasPrefix(execution.GetExecution().GetWorkflowId(), "import-organization/"):
					children += execution.GetHistoryLength()
					organizations++
				case execution.GetFirstRunId() == report.RunID || execution.GetExecution().GetRunId() == report.RunID:
					full += execution.GetHistoryLength()
				}
			}
			if next = list.GetNextPageToken(); len(next) == 0 {
				break
			}
		}
		return full > 0 && organizations == report.Organizations.total()
	})
	return full, children
}
