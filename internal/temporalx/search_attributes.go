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
	// attributesWithin bounds the wait for new search attributes. A server refreshes its namespace cache every 2 to 10 seconds.
	attributesWithin = 30 * time.Second
	// attributesInterval is the time between two checks.
	attributesInterval = 200 * time.Millisecond
	// stepTimeout bounds the calls of one check.
	stepTimeout = 10 * time.Second
)

// attributeName matches names that are safe in a visibility query.
var attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// operator and visibility are the calls that a registrar makes.
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

// RegisterSearchAttributes adds the missing search attributes to a namespace, with the type Keyword, and returns the names
// of those that workflows can set. It leaves out attributes that it may not add, as on Temporal Cloud, and those that exist
// with another type, and logs how to create them. It waits up to 30 seconds for the server to accept new attributes. It
// fails if the server does not answer or the context ends.
func RegisterSearchAttributes(
	ctx context.Context, c client.Client, namespace string, names []string, logger *slog.Logger,
) (available []string, err error) {
	r := registrar{operator: c.OperatorService(), visibility: c.WorkflowService(), namespace: namespace, logger: logger}
	return r.register(ctx, names)
}

func (r registrar) register(ctx context.Context, names []string) ([]string, error) {
	for _, name := range names {
		if !attributeName.MatchString(name) {
			return nil, fmt.Errorf("%q is not a valid name for a search attribute", name)
		}
	}
	state := progress{wanted: slices.Clone(names)}
	if err := r.advance(ctx, &state); err != nil {
		return nil, fmt.Errorf("register search attributes in namespace %s: %w", r.namespace, err)
	}
	r.warn(ctx, names, state)
	return state.usable, nil
}

// advance repeats step until nothing more can change or the time is up.
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

// progress is the state of a registration.
type progress struct {
	// wanted lists the attributes that may still become usable.
	wanted []string
	// usable lists those of wanted that the server accepts.
	usable []string
	// mistyped lists the attributes that exist with another type.
	mistyped []string
	// denied is set if we may not list or add attributes; only those that an administrator added are usable then.
	denied error
}

// done reports whether nothing more can change.
func (p *progress) done() bool { return p.denied != nil || len(p.usable) == len(p.wanted) }

// step lists, adds and tries the attributes once.
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

// addMissing adds what is not listed. Another process may do the same at the same time.
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

// try queries by an attribute. As long as the query fails, so would a workflow start that sets the attribute, even if the
// server lists it.
func (r registrar) try(ctx context.Context, name string) error {
	_, err := r.visibility.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: r.namespace, Query: name + " = '-'",
	})
	return err
}

func (r registrar) warn(ctx context.Context, names []string, state progress) {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(state.usable, name) })
	if len(missing) == 0 {
		return
	}
	r.logger.WarnContext(ctx, "search attributes are missing: workflows can't be found by them",
		"namespace", r.namespace, "search_attributes", strings.Join(missing, " "),
		"other_type", strings.Join(state.mistyped, " "), "error", state.denied,
		"remedy", "ask an administrator to run `temporal operator search-attribute create --type Keyword` with each --name, "+
			"or to add them in Temporal Cloud's namespace settings; then restart this program")
}

// isDenied reports whether a retry can't change the error: no permission, no such service, no such attribute, or too many
// attributes.
func isDenied(err error) bool {
	switch serviceerror.ToStatus(err).Code() {
	case codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented, codes.InvalidArgument, codes.FailedPrecondition:
		return true
	default:
		return false
	}
}
