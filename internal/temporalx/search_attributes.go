package temporalx

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

const (
	// attributesWithin bounds the wait for new search attributes. A server reads its namespaces anew every 2 to 10 seconds.
	attributesWithin = 30 * time.Second
	// attributesInterval is the time between two looks at them.
	attributesInterval = 200 * time.Millisecond
	// stepTimeout bounds the handful of calls of one look.
	stepTimeout = 10 * time.Second
)

// attributeName is what a search attribute may be called, so that it may stand in a visibility query.
var attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// operator and visibility are the calls that registering takes; the client's services have them.
type operator interface {
	ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption) (
		*operatorservice.ListSearchAttributesResponse, error)
	AddSearchAttributes(context.Context, *operatorservice.AddSearchAttributesRequest, ...grpc.CallOption) (
		*operatorservice.AddSearchAttributesResponse, error)
}

type visibility interface {
	CountWorkflowExecutions(context.Context, *workflowservice.CountWorkflowExecutionsRequest, ...grpc.CallOption) (
		*workflowservice.CountWorkflowExecutionsResponse, error)
}

// registrar registers search attributes in one namespace.
type registrar struct {
	operator   operator
	visibility visibility
	namespace  string
	logger     *slog.Logger
}

// RegisterSearchAttributes makes sure that a namespace has search attributes of type Keyword, and returns the names of
// those that workflows can set now. It adds what is missing where it may. What it may not add, as on Temporal Cloud, or
// what exists with another type, is left out with a warning that says how to make it. It waits, for half a minute at
// most, until the server takes what is new. The error is a server that does not answer, or the context's.
func RegisterSearchAttributes(
	ctx context.Context, c client.Client, namespace string, names []string, logger *slog.Logger,
) (available []string, err error) {
	r := registrar{operator: c.OperatorService(), visibility: c.WorkflowService(), namespace: namespace, logger: logger}
	return r.register(ctx, names)
}

func (r registrar) register(ctx context.Context, names []string) ([]string, error) {
	for _, name := range names {
		if !attributeName.MatchString(name) {
			return nil, fmt.Errorf("%q cannot be the name of a search attribute", name)
		}
	}
	state := progress{wanted: slices.Clone(names)}
	if err := r.advance(ctx, &state); err != nil {
		return nil, fmt.Errorf("registering search attributes in namespace %s: %w", r.namespace, err)
	}
	r.warn(ctx, names, state)
	return state.usable, nil
}

// advance goes on until nothing more will come or the time is up.
func (r registrar) advance(ctx context.Context, state *progress) error {
	ticker, deadline := time.NewTicker(attributesInterval), time.NewTimer(attributesWithin)
	defer ticker.Stop()
	defer deadline.Stop()
	for {
		err := r.step(ctx, state)
		if err == nil && state.done() {
			return nil
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// progress is how far the registration has come.
type progress struct {
	// wanted are those that may still become usable.
	wanted []string
	// usable are those of wanted that the server takes.
	usable []string
	// mistyped exist with another type.
	mistyped []string
	// denied tells that we may not list or add; then only what somebody else has added is usable.
	denied error
}

// done tells whether nothing more will come.
func (p *progress) done() bool { return p.denied != nil || len(p.usable) == len(p.wanted) }

// step lists, adds and tries once.
func (r registrar) step(ctx context.Context, state *progress) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	if state.denied == nil {
		err := r.addMissing(ctx, state)
		if isDenied(err) {
			state.denied = err
		} else if err != nil {
			return err
		}
	}
	state.usable = nil
	for _, name := range state.wanted {
		err := r.try(ctx, name)
		switch {
		case err == nil:
			state.usable = append(state.usable, name)
		case !isDenied(err):
			return err
		}
	}
	return nil
}

// addMissing adds what is not listed. That another process does the same at once is no fault.
func (r registrar) addMissing(ctx context.Context, state *progress) error {
	listed, err := r.operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: r.namespace})
	if err != nil {
		return err
	}
	missing := make(map[string]enumspb.IndexedValueType)
	for _, name := range slices.Clone(state.wanted) {
		switch kind, exists := listed.GetCustomAttributes()[name]; {
		case !exists:
			missing[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
		case kind != enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			state.mistyped = append(state.mistyped, name)
			state.wanted = slices.DeleteFunc(state.wanted, func(other string) bool { return other == name })
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = r.operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: r.namespace, SearchAttributes: missing,
	})
	if serviceerror.ToStatus(err).Code() == codes.AlreadyExists {
		return nil
	}
	return err
}

// try asks for an execution by an attribute. It fails while the frontend does not know the attribute, even where it is
// listed already, and so would starting a workflow with it.
func (r registrar) try(ctx context.Context, name string) error {
	_, err := r.visibility.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: r.namespace, Query: name + " = '-'",
	})
	return err
}

func (r registrar) warn(ctx context.Context, names []string, state progress) {
	left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(state.usable, name) })
	if len(left) == 0 {
		return
	}
	r.logger.WarnContext(ctx, "search attributes are left out: executions cannot be found by them",
		"namespace", r.namespace, "search_attributes", strings.Join(left, " "),
		"other_type", strings.Join(state.mistyped, " "), "error", state.denied,
		"remedy", "let an administrator run `temporal operator search-attribute create --type Keyword` with each --name, "+
			"or add them in Temporal Cloud's namespace settings, and start this program again")
}

// isDenied tells the answers to what the server does not know or does not let us do, which no repetition changes: no
// permission, no such service, no such attribute, no room for one more.
func isDenied(err error) bool {
	switch serviceerror.ToStatus(err).Code() {
	case codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented, codes.InvalidArgument, codes.FailedPrecondition:
		return true
	default:
		return false
	}
}
