package flow

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// Pair is what an execution carries in its header from its start to every activity and child: which pair of a NinjaOne tenant and
// an Accelo deployment it is about (design.md rule 2). Ids in its inputs mean nothing to another pair.
type Pair struct {
	Connection string `json:"connection,omitempty"`
	// Number counts the pairs that the connection has had. It is 0 if the start named none: a user started the execution in
	// Temporal's UI, or an earlier version of the product did.
	Number int64 `json:"number,omitempty"`
	// Started is when an execution without a number started, as workflow or as the first run that it continues.
	Started time.Time `json:"started,omitzero"`
}

type pairKey struct{}

// WithPair returns a context whose starts and schedules carry the pair.
func WithPair(ctx context.Context, pair Pair) context.Context {
	return context.WithValue(ctx, pairKey{}, pair)
}

// PairFrom returns the pair that a start or an activity carries, or the zero value.
func PairFrom(ctx context.Context) Pair {
	pair, _ := ctx.Value(pairKey{}).(Pair)
	return pair
}

// PairOf returns the pair that a workflow carries, or the zero value.
func PairOf(ctx workflow.Context) Pair {
	pair, _ := ctx.Value(pairKey{}).(Pair)
	return pair
}

// pairHeader is the name of the header. It is part of recorded histories: never rename it.
const pairHeader = "pair"

// PairPropagator carries the pair in Temporal's headers. Every client needs it, and so every worker has it.
func PairPropagator() workflow.ContextPropagator { return pairPropagator{} }

type pairPropagator struct{}

// Inject implements workflow.ContextPropagator for starts.
func (pairPropagator) Inject(ctx context.Context, header workflow.HeaderWriter) error {
	return writePair(header, PairFrom(ctx))
}

// InjectFromWorkflow implements workflow.ContextPropagator for activities, children and the next run of a workflow.
func (pairPropagator) InjectFromWorkflow(ctx workflow.Context, header workflow.HeaderWriter) error {
	pair := PairOf(ctx)
	if pair.Number == 0 && pair.Started.IsZero() {
		pair.Started = workflow.GetInfo(ctx).WorkflowStartTime
	}
	return writePair(header, pair)
}

// Extract implements workflow.ContextPropagator for activities.
func (pairPropagator) Extract(ctx context.Context, header workflow.HeaderReader) (context.Context, error) {
	pair, err := readPair(header)
	return WithPair(ctx, pair), err
}

// ExtractToWorkflow implements workflow.ContextPropagator for workflows.
func (pairPropagator) ExtractToWorkflow(ctx workflow.Context, header workflow.HeaderReader) (workflow.Context, error) {
	pair, err := readPair(header)
	return workflow.WithValue(ctx, pairKey{}, pair), err
}

func writePair(header workflow.HeaderWriter, pair Pair) error {
	if pair == (Pair{}) {
		return nil
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(pair)
	if err != nil {
		return fmt.Errorf("encode the pair: %w", err)
	}
	header.Set(pairHeader, payload)
	return nil
}

func readPair(header workflow.HeaderReader) (Pair, error) {
	var pair Pair
	payload, ok := header.Get(pairHeader)
	if !ok {
		return Pair{}, nil
	}
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &pair); err != nil {
		return Pair{}, fmt.Errorf("decode the pair: %w", err)
	}
	return pair, nil
}
