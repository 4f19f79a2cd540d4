package workflows

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// orderChannel carries the names of a full import's signals in the order in which they arrived. The SDK has a channel for each name
// and forgets the order between them. Nobody sends a signal of this name.
const orderChannel = "signal order"

// SignalOrder returns the interceptor that every worker of these workflows must use. It keeps the order of pause and resume: of
// several signals that wait for a worker, the last one counts.
func SignalOrder() interceptor.WorkerInterceptor { return &signalOrder{} }

type signalOrder struct {
	interceptor.WorkerInterceptorBase
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (*signalOrder) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	return &signalRecorder{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type signalRecorder struct {
	interceptor.WorkflowInboundInterceptorBase
}

// HandleSignal implements interceptor.WorkflowInboundInterceptor. The SDK calls it for one signal after the other, in the order of
// the history.
func (r *signalRecorder) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	if workflow.GetInfo(ctx).WorkflowType.Name == flow.FullImport && (in.SignalName == flow.PauseSignal || in.SignalName == flow.ResumeSignal) {
		name, err := converter.GetDefaultDataConverter().ToPayloads(in.SignalName)
		if err != nil {
			return err
		}
		if err := r.Next.HandleSignal(ctx, &interceptor.HandleSignalInput{SignalName: orderChannel, Arg: name}); err != nil {
			return err
		}
	}
	return r.Next.HandleSignal(ctx, in)
}

// pauseSignals are the signals of a full import that nobody has applied yet.
type pauseSignals struct{ order, pause, resume workflow.ReceiveChannel }

func receivePauses(ctx workflow.Context) pauseSignals {
	return pauseSignals{
		order: workflow.GetSignalChannel(ctx, orderChannel),
		pause: workflow.GetSignalChannel(ctx, flow.PauseSignal), resume: workflow.GetSignalChannel(ctx, flow.ResumeSignal),
	}
}

// await waits for a signal. It returns when there is one, or the workflow is cancelled.
func (s pauseSignals) await(ctx workflow.Context, apply func()) {
	selector := workflow.NewSelector(ctx)
	for _, channel := range []workflow.ReceiveChannel{s.order, s.pause, s.resume} {
		selector.AddReceive(channel, func(workflow.ReceiveChannel, bool) { apply() })
	}
	selector.Select(ctx)
}

// apply takes every signal and returns whether the import is paused after them.
func (s pauseSignals) apply(paused bool) bool {
	last := ""
	for name := ""; s.order.ReceiveAsync(&name); {
		last = name
	}
	pauses, resumes := count(s.pause), count(s.resume)
	switch {
	case last != "":
		return last == flow.PauseSignal
	case pauses == resumes: // without the interceptor the order is unknown, and users pause and resume in turn
		return paused
	}
	return pauses > resumes
}

// count takes every signal of a channel.
func count(signals workflow.ReceiveChannel) (taken int) {
	for signals.ReceiveAsync(nil) {
		taken++
	}
	return taken
}
