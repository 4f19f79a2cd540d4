package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing/synctest"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/webhook"
	"ninjaone-accelo/test/simulation/server"
	"ninjaone-accelo/workflows"
)

const (
	connection = "default"
	taskQueue  = "sync"
	// interval is the time between two reconciliations.
	interval = 5 * time.Minute
)

// maxProblems bounds what a story lists.
const maxProblems = 10

// life is one run of the product from one seed.
type life struct {
	seed uint64
	plan plan
	// keep holds the happenings and events that a replay lets happen; nil means all.
	keep map[string]bool

	database   *database
	pairs      pairs
	store      *store.Store
	ninjaOne   *ninjaone.Simulator
	accelo     *accelo.Simulator
	temporal   *server.Server
	client     client.Client
	worker     worker.Worker
	tenants    *tenant.Provider
	launcher   *launch.Launcher
	receiver   http.Handler
	connector  *connect.Connector
	deliveries sync.WaitGroup

	scheduler scheduler
	tasks     map[*server.Task]int
	steps     int
	uids      int
	// calm means that no more faults happen; ending that everything only has to end.
	calm, ending bool
	begin        time.Time
	trace        func(string)
	happened     []happening
	people       ledger

	// down is until when a vendor can't be reached; later are the corrections of mistakes.
	down  map[string]time.Time
	later []correction

	mu       sync.Mutex
	problems []string
}

// happening is something that a story tells.
type happening struct {
	id, text string
	at       time.Duration
}

// outcome is what a life came to.
type outcome struct {
	problems []string
	happened []happening
	steps    int
}

// live runs one life. It must be called inside a bubble of package synctest.
func live(d *database, seed uint64, keep map[string]bool, trace func(string)) outcome {
	l := &life{
		seed: seed, plan: newPlan(seed), keep: keep, database: d, tasks: map[*server.Task]int{}, trace: trace, begin: time.Now(),
		scheduler: scheduler{wake: make(chan struct{}, 1), times: map[string]int{}, quiet: true},
		people:    newLedger(), down: map[string]time.Time{},
	}
	d.life.Store(l)
	defer d.life.Store(nil)
	defer l.stop()
	if err := l.start(); err != nil {
		return outcome{problems: []string{"start: " + err.Error()}}
	}
	l.play()
	if !l.failed() {
		l.settle()
	}
	if !l.failed() {
		l.judge()
	}
	for _, problem := range l.temporal.Problems() {
		l.problemf("%s", problem)
	}
	return outcome{problems: l.problems, happened: l.happened, steps: l.steps}
}

// start builds the world and connects it, without faults.
func (l *life) start() error {
	l.open(firstAccounts())
	if l.plan.old {
		l.perform(act{name: alertFires, choice: draw(l.seed, "old")})
		for _, f := range l.people.fired {
			f.old = true
		}
	}
	l.store = l.database.store
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	l.tenants = tenant.NewProvider(tenant.Options{Store: l.store, Box: box, Defaults: l.choices().Defaults(), Logger: quiet, Transport: transport{l}})
	ctx := context.Background()
	if err := l.tenants.Save(ctx, connection, l.pairs.current.credentials()); err != nil {
		return err
	}
	l.connector = connect.New(l.store, l.tenants, connect.Options{PublicURL: publicURL})
	report, err := l.connector.Run(ctx, connection)
	if err != nil || !report.Ready {
		return fmt.Errorf("connect: %w, %v", err, report.Todo)
	}
	if err := l.bind(ctx); err != nil {
		return err
	}
	l.temporal = server.New(l.scheduler.awake)
	options := client.Options{Logger: silent{}, ContextPropagators: []workflow.ContextPropagator{flow.PairPropagator()}}
	if l.client, err = l.temporal.Dial(options); err != nil {
		return err
	}
	l.launcher = launch.New(l.client, taskQueue, nil)
	receiver, err := webhook.New(webhook.Options{Flows: l.launcher, Connections: l.tenants, Requests: l.store, Logger: quiet})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	receiver.Register(mux)
	l.receiver = mux
	if err := l.startWorker(); err != nil {
		return err
	}
	l.scheduler.quiet = false
	return nil
}

// choices returns the options of the connection.
func (l *life) choices() config.Options {
	return config.Options{
		BudgetReserve: 0.2, AssetRefreshInterval: 24 * time.Hour, ReconcileInterval: 5 * time.Minute,
		AlertMinSeverity: config.Severity(l.plan.alerts.MinSeverity), AlertHoldDown: l.plan.alerts.HoldDown,
		AlertReopenWindow: l.plan.reopenWindow, OnReset: l.plan.onReset, OnConvert: l.plan.onConvert,
	}
}

func (l *life) startWorker() error {
	steps, err := activities.New(activities.Deps{Store: l.store, Tenants: l.tenants, Webhooks: l.connector})
	if err != nil {
		return err
	}
	tuner, err := newTuner()
	if err != nil {
		return err
	}
	l.worker = worker.New(l.client, taskQueue, worker.Options{
		Interceptors:                     []interceptor.WorkerInterceptor{&actorInterceptor{life: l}, activities.Interceptor(l.store), workflows.SignalOrder()},
		MaxHeartbeatThrottleInterval:     5*time.Second + 13*time.Millisecond, // apart from the heartbeats of activities
		Tuner:                            tuner,
		MaxConcurrentActivityTaskPollers: 2,
		MaxConcurrentWorkflowTaskPollers: 2,
		DisableEagerActivities:           true,
		OnFatalError:                     func(err error) { l.problemf("the worker gave up: %v", err) },
	})
	workflows.RegisterAll(l.worker, steps)
	return l.worker.Start()
}

// stop ends everything that still runs, and waits for it: nothing may outlive a life.
func (l *life) stop() {
	l.calm, l.ending = true, true
	if l.temporal != nil {
		for _, e := range l.temporal.Executions() {
			l.temporal.Terminate(e.WorkflowID)
		}
		l.run(time.Now().Add(longestPause))
	}
	l.scheduler.quiet = true
	if l.worker != nil {
		l.worker.Stop()
	}
	if l.client != nil {
		l.client.Close()
	}
	l.deliveries.Wait()
	if l.database.spoiled.Load() {
		l.database.store.Close()
	}
	l.pairs.close()
	synctest.Wait()
}

func (l *life) newUID() string {
	l.uids++
	return uidNumber(l.uids)
}

func uidNumber(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func (l *life) vendor(host string) (string, http.Handler) {
	if name, handler := l.pairs.current.vendor("https://" + host); handler != nil || l.pairs.former == nil {
		return name, handler
	}
	name, handler := l.pairs.former.vendor("https://" + host)
	return "former " + name, handler
}

// reconcile starts a scheduled reconciliation, unless the last one is still running, as Temporal's schedule does. With everything, it is
// one that an operator asks for.
func (l *life) reconcile(everything bool) {
	l.people.paused = time.Time{} // it may import what failed
	in := flow.ReconcileInput{Connection: connection, Interval: interval, Everything: everything}
	for _, e := range l.temporal.Executions() {
		if e.Type == flow.Reconcile && e.Open {
			return
		}
	}
	_, err := l.client.ExecuteWorkflow(l.background(), client.StartWorkflowOptions{
		ID: in.Execution().ID + "-" + l.at().String(), TaskQueue: taskQueue, WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, flow.Reconcile, in)
	if err != nil {
		l.problemf("start a reconciliation: %v", err)
	}
}

// at is how long the life has lasted.
func (l *life) at() time.Duration { return time.Since(l.begin).Round(time.Millisecond) }

func (l *life) problemf(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.problems) < maxProblems {
		l.problems = append(l.problems, fmt.Sprintf(format, values...))
	}
}

func (l *life) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.problems) > 0 || l.temporal != nil && len(l.temporal.Problems()) > 0
}

func (l *life) tracef(format string, values ...any) {
	if l.trace != nil {
		l.trace(fmt.Sprintf("%10s  ", l.at()) + fmt.Sprintf(format, values...))
	}
}

// actorInterceptor tells every call who makes it.
type actorInterceptor struct {
	interceptor.WorkerInterceptorBase
	life *life
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (i *actorInterceptor) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &actorInbound{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, life: i.life}
}

type actorInbound struct {
	interceptor.ActivityInboundInterceptorBase
	life *life
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (i *actorInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	who := &actor{name: info.WorkflowExecution.ID + " " + info.ActivityType.Name, lastCall: i.life.people.now()}
	token := info.TaskToken
	if info.IsLocalActivity {
		growStack()
		who.name, token = who.name+" (local)", nil
	}
	who.task = i.life.temporal.TaskOf(token, info.WorkflowExecution.RunID)
	return i.Next.ExecuteActivity(context.WithValue(ctx, actorKey{}, who), in)
}

// silent is the SDK's logger.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
