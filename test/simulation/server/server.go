package server

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Namespace is the only namespace of a server.
const Namespace = "default"

// Server is a Temporal service in memory. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	nextRun  int
	runs     []*run           // in order of their start
	latest   map[string]*run  // by workflow id
	tasks    []*Task          // ready to be given to a worker, in the order in which they became ready
	polls    map[Kind][]*poll // workers that wait for a task
	tokens   map[string]*Task // tasks that a worker has
	nextTok  int
	timers   []*timer
	changed  func()
	problems []string
}

// New returns a server without executions. It calls changed, which must not block, whenever a task became ready.
func New(changed func()) *Server {
	return &Server{latest: map[string]*run{}, polls: map[Kind][]*poll{}, tokens: map[string]*Task{}, changed: changed}
}

// Kind is what a task is for.
type Kind string

// The kinds of tasks.
const (
	WorkflowTask Kind = "workflow task"
	ActivityTask Kind = "activity"
)

// Task is a piece of work for a worker.
type Task struct {
	Kind       Kind
	WorkflowID string
	RunID      string
	// Name is the type of the workflow or activity; Attempt counts from 1.
	Name    string
	Attempt int

	run      *run
	activity *activity
	token    string
	dead     bool
	silent   bool
}

type poll struct{ reply chan proto.Message }

type timer struct {
	at   time.Time
	fire func()
}

// Tasks returns the tasks that are ready while a worker waits for one.
func (s *Server) Tasks() []*Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.tasks), func(t *Task) bool { return len(s.polls[t.Kind]) == 0 })
}

// Give hands a ready task to a worker.
func (s *Server) Give(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.tasks, t)
	if at < 0 || len(s.polls[t.Kind]) == 0 {
		return
	}
	s.tasks = slices.Delete(s.tasks, at, at+1)
	worker := s.polls[t.Kind][0]
	s.polls[t.Kind] = s.polls[t.Kind][1:]
	s.nextTok++
	t.token = fmt.Sprintf("task-%d", s.nextTok)
	s.tokens[t.token] = t
	if t.Kind == WorkflowTask {
		worker.reply <- t.run.startWorkflowTask(t)
		return
	}
	worker.reply <- t.activity.start(t)
}

// Kill makes the worker that has a task fall silent: whatever it still says about the task is ignored, until the task times out.
func (s *Server) Kill(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.dead = true
}

// Freeze makes the worker that has a task fall silent until the task has timed out, but lets it go on afterwards.
func (s *Server) Freeze(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.silent = true
}

// TaskOf returns the task that a worker has: by its token, or the workflow task of a run if the token is empty.
func (s *Server) TaskOf(token []byte, runID string) *Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(token) > 0 {
		return s.tokens[string(token)]
	}
	for _, r := range s.runs {
		if r.runID == runID && r.started != 0 {
			return r.task
		}
	}
	return nil
}

// Next returns when the next timer fires; ok is false if there is none.
func (s *Server) Next() (at time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.timers {
		if !ok || t.at.Before(at) {
			at, ok = t.at, true
		}
	}
	return at, ok
}

// Advance fires the timers that are due.
func (s *Server) Advance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for {
		slices.SortStableFunc(s.timers, func(a, b *timer) int { return a.at.Compare(b.at) })
		if len(s.timers) == 0 || s.timers[0].at.After(now) {
			return
		}
		due := s.timers[0]
		s.timers = s.timers[1:]
		due.fire()
	}
}

// after schedules a call under the server's lock.
func (s *Server) after(wait time.Duration, fire func()) {
	s.timers = append(s.timers, &timer{at: time.Now().Add(max(wait, 0)), fire: fire})
}

func (s *Server) ready(t *Task) {
	s.tasks = append(s.tasks, t)
	s.changed()
}

func (s *Server) drop(unwanted func(*Task) bool) {
	s.tasks = slices.DeleteFunc(s.tasks, unwanted)
}

// take returns the task of a token, or an error if it is over.
func (s *Server) take(token []byte) (*Task, error) {
	t := s.tokens[string(token)]
	if t == nil || t.dead {
		return nil, serviceerror.NewNotFound("task not found")
	}
	return t, nil
}

// Dial returns a client of this server.
func (s *Server) Dial(options client.Options) (client.Client, error) {
	options.HostPort, options.Namespace = "passthrough:///simulation", Namespace
	options.WorkerHeartbeatInterval = -1
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithUnaryInterceptor(s.intercept))
	return client.NewLazyClient(options)
}

func (s *Server) intercept(ctx context.Context, method string, request, reply any, _ *grpc.ClientConn, _ grpc.UnaryInvoker, _ ...grpc.CallOption) error {
	answer, err := s.handle(ctx, request)
	if err != nil {
		return err
	}
	if answer == nil {
		return nil
	}
	to, isMessage := reply.(proto.Message)
	if !isMessage {
		return fmt.Errorf("%s: a reply of type %T", method, reply)
	}
	proto.Reset(to)
	// The two share what the fields refer to, such as a whole history: nobody changes an event.
	answer.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		to.ProtoReflect().Set(field, value)
		return true
	})
	return nil
}

func (s *Server) handle(ctx context.Context, request any) (proto.Message, error) {
	switch r := request.(type) {
	case *workflowservice.PollWorkflowTaskQueueRequest:
		if r.GetTaskQueue().GetNormalName() != "" { // a sticky queue: nothing is ever sticky
			<-ctx.Done()
			return &workflowservice.PollWorkflowTaskQueueResponse{}, nil
		}
		return s.poll(ctx, WorkflowTask, &workflowservice.PollWorkflowTaskQueueResponse{})
	case *workflowservice.PollActivityTaskQueueRequest:
		return s.poll(ctx, ActivityTask, &workflowservice.PollActivityTaskQueueResponse{})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if reply, known, err := s.report(request); known {
		return reply, err
	}
	switch r := request.(type) {
	case *workflowservice.GetSystemInfoRequest:
		return &workflowservice.GetSystemInfoResponse{ServerVersion: "1.31.0", Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{
			SignalAndQueryHeader: true, InternalErrorDifferentiation: true, ActivityFailureIncludeHeartbeat: true, SdkMetadata: true,
		}}, nil
	case *workflowservice.DescribeNamespaceRequest:
		return &workflowservice.DescribeNamespaceResponse{}, nil
	case *workflowservice.StartWorkflowExecutionRequest:
		return s.start(startOf(r))
	case *workflowservice.SignalWithStartWorkflowExecutionRequest:
		return s.signalWithStart(r)
	case *workflowservice.SignalWorkflowExecutionRequest:
		run, err := s.open(r.GetWorkflowExecution())
		if err == nil {
			run.signaled(r.GetSignalName(), r.GetInput())
		}
		return &workflowservice.SignalWorkflowExecutionResponse{}, err
	case *workflowservice.DescribeWorkflowExecutionRequest:
		return s.describe(r)
	case *workflowservice.RequestCancelWorkflowExecutionRequest:
		run, err := s.open(r.GetWorkflowExecution())
		if err == nil {
			run.cancel()
		}
		return &workflowservice.RequestCancelWorkflowExecutionResponse{}, err
	case *workflowservice.TerminateWorkflowExecutionRequest:
		run, err := s.open(r.GetWorkflowExecution())
		if err == nil {
			run.terminate()
		}
		return &workflowservice.TerminateWorkflowExecutionResponse{}, err
	case *workflowservice.ShutdownWorkerRequest:
		return &workflowservice.ShutdownWorkerResponse{}, nil
	}
	return nil, serviceerror.NewUnimplemented(fmt.Sprintf("%T", request))
}

// report handles what a worker says about its tasks.
func (s *Server) report(request any) (reply proto.Message, known bool, err error) {
	switch r := request.(type) {
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		reply, err = s.workflowTaskCompleted(r)
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		reply, err = s.workflowTaskFailed(r)
	case *workflowservice.RespondActivityTaskCompletedRequest:
		reply, err = &workflowservice.RespondActivityTaskCompletedResponse{}, s.activityCompleted(r)
	case *workflowservice.RespondActivityTaskFailedRequest:
		reply, err = &workflowservice.RespondActivityTaskFailedResponse{}, s.activityFailed(r)
	case *workflowservice.RespondActivityTaskCanceledRequest:
		reply, err = &workflowservice.RespondActivityTaskCanceledResponse{}, s.activityCanceled(r)
	case *workflowservice.RecordActivityTaskHeartbeatRequest:
		reply, err = s.heartbeat(r)
	default:
		return nil, false, nil
	}
	return reply, true, err
}

// poll waits for a task.
func (s *Server) poll(ctx context.Context, kind Kind, none proto.Message) (proto.Message, error) {
	waiting := &poll{reply: make(chan proto.Message, 1)}
	s.mu.Lock()
	s.polls[kind] = append(s.polls[kind], waiting)
	s.mu.Unlock()
	s.changed()
	select {
	case task := <-waiting.reply:
		return task, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls[kind] = slices.DeleteFunc(s.polls[kind], func(p *poll) bool { return p == waiting })
	select {
	case task := <-waiting.reply:
		return task, nil
	default:
		return none, nil
	}
}

// open returns a running execution, the latest of its id if the run id is empty.
func (s *Server) open(execution *commonpb.WorkflowExecution) (*run, error) {
	found := s.latest[execution.GetWorkflowId()]
	if id := execution.GetRunId(); id != "" {
		found = nil
		for _, r := range s.runs {
			if r.runID == id {
				found = r
			}
		}
	}
	if found == nil || found.status != running {
		return nil, serviceerror.NewNotFound("workflow not found for ID: " + execution.GetWorkflowId())
	}
	return found, nil
}

// problem notes something that must not happen, such as a workflow task that fails because a workflow is not deterministic.
func (s *Server) problem(text string) { s.problems = append(s.problems, text) }

// Problems returns what was noted.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}
