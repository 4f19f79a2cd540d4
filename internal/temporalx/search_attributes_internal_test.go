package temporalx

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

const keyword = enumspb.INDEXED_VALUE_TYPE_KEYWORD

// fakeServer holds the search attributes of a namespace, and can fail.
type fakeServer struct {
	listed  map[string]enumspb.IndexedValueType
	list    error
	add     error // returned instead of adding,
	adds    bool  // or after adding, as if another process had been faster
	usable  map[string]time.Time
	count   error
	delay   time.Duration // from adding to usable
	added   int
	visited int
}

func (f *fakeServer) ListSearchAttributes(
	context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption,
) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: f.listed}, f.list
}

func (f *fakeServer) AddSearchAttributes(
	_ context.Context, request *operatorservice.AddSearchAttributesRequest, _ ...grpc.CallOption,
) (*operatorservice.AddSearchAttributesResponse, error) {
	if f.add != nil && !f.adds {
		return nil, f.add
	}
	for name, kind := range request.GetSearchAttributes() {
		f.listed[name] = kind
		f.usable[name] = time.Now().Add(f.delay)
		f.added++
	}
	return &operatorservice.AddSearchAttributesResponse{}, f.add
}

func (f *fakeServer) CountWorkflowExecutions(
	_ context.Context, request *workflowservice.CountWorkflowExecutionsRequest, _ ...grpc.CallOption,
) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	f.visited++
	if f.count != nil {
		return nil, f.count
	}
	name, _, _ := strings.Cut(request.GetQuery(), " = ")
	if from, known := f.usable[name]; !known || time.Now().Before(from) {
		return nil, serviceerror.NewInvalidArgument("invalid query: column name '" + name + "' is not defined")
	}
	return &workflowservice.CountWorkflowExecutionsResponse{}, nil
}

// The result holds the attributes that the server accepts, and one warning names the others.
func TestRegister(t *testing.T) {
	t.Parallel()
	denied := serviceerror.NewPermissionDenied("Request unauthorized.", "")
	tests := []struct {
		name   string
		server fakeServer
		want   []string
		added  int
		warned string
		waited time.Duration
	}{
		{"all missing", fakeServer{}, []string{"Connection", "Device"}, 2, "", 0},
		{
			"one exists",
			fakeServer{listed: map[string]enumspb.IndexedValueType{"Device": keyword}, usable: map[string]time.Time{"Device": {}}},
			[]string{"Connection", "Device"},
			1, "", 0,
		},
		{
			"one exists with another type",
			fakeServer{listed: map[string]enumspb.IndexedValueType{"Device": enumspb.INDEXED_VALUE_TYPE_INT}},
			[]string{"Connection"},
			1, "search_attributes=Device other_type=Device", 0,
		},
		{
			"another process was faster",
			fakeServer{add: serviceerror.NewAlreadyExists("Search attribute Device already exists."), adds: true},
			[]string{"Connection", "Device"},
			2, "", 0,
		},
		{"usable after a while", fakeServer{delay: 5 * time.Second}, []string{"Connection", "Device"}, 2, "", 5 * time.Second},
		{"never usable", fakeServer{delay: time.Hour}, nil, 2, `search_attributes="Connection Device"`, 30 * time.Second},
		{
			"listing is denied, and an administrator created one",
			fakeServer{list: denied, usable: map[string]time.Time{"Device": {}}},
			[]string{"Device"},
			0, "search_attributes=Connection", 0,
		},
		{
			"no such service",
			fakeServer{list: serviceerror.NewUnimplemented("unknown service")},
			nil, 0, `search_attributes="Connection Device"`, 0,
		},
		{
			"too many attributes",
			fakeServer{add: serviceerror.NewInvalidArgument("Unable to create more than 10")},
			nil, 0, "Unable to create more than 10", 0,
		},
		{"queries are denied", fakeServer{count: denied}, nil, 2, `search_attributes="Connection Device"`, 30 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				start := time.Now()
				got, err := test.server.registrar(&log).register(t.Context(), []string{"Connection", "Device"})
				require.NoError(t, err)
				require.ElementsMatch(t, test.want, got)
				require.Equal(t, test.added, test.server.added)
				require.Equal(t, test.waited, time.Since(start))
				if test.warned == "" {
					require.Empty(t, log.String())
					return
				}
				require.Contains(t, log.String(), test.warned)
				require.Equal(t, 1, strings.Count(log.String(), "\n"))
			})
		})
	}
}

func (f *fakeServer) registrar(log *strings.Builder) registrar {
	if f.listed == nil {
		f.listed = make(map[string]enumspb.IndexedValueType)
	}
	if f.usable == nil {
		f.usable = make(map[string]time.Time)
	}
	return registrar{operator: f, visibility: f, namespace: "msp", logger: slog.New(slog.NewTextHandler(log, nil))}
}

// Registration fails after the time limit if the server does not answer, and when its context ends.
func TestRegisterFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		unavailable := serviceerror.NewUnavailable("unavailable")
		start := time.Now()
		_, err := (&fakeServer{list: unavailable}).registrar(&log).register(t.Context(), []string{"Connection"})
		require.ErrorIs(t, err, unavailable)
		require.ErrorContains(t, err, "register search attributes in namespace msp: unavailable")
		require.Equal(t, attributesWithin, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = (&fakeServer{count: unavailable}).registrar(&log).register(ctx, []string{"Connection"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, log.String())
	})
}

// A name that could change the meaning of a query is rejected before any call.
func TestRegisterRejectsNames(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	server := &fakeServer{list: errors.New("must not be called")}
	_, err := server.registrar(&log).register(t.Context(), []string{"Device", "x' OR 'a"})
	require.EqualError(t, err, `"x' OR 'a" is not a valid name for a search attribute`)
	require.Zero(t, server.visited)
}
