package server

import (
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

// activity is an activity of an execution until it ends.
type activity struct {
	run         *run
	scheduled   int64
	in          *commandpb.ScheduleActivityTaskCommandAttributes
	scheduledAt time.Time
	attempt     int
	// task is the attempt that a worker has; nil between attempts.
	task      *Task
	heard     time.Time
	details   *commonpb.Payloads
	last      *failurepb.Failure
	cancelled bool
	cancelID  int64
}

func (r *run) scheduleActivity(in *commandpb.ScheduleActivityTaskCommandAttributes, completedID int64) {
	scheduled := r.append(enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
			ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
				ActivityId: in.GetActivityId(), ActivityType: in.GetActivityType(), TaskQueue: in.GetTaskQueue(), Header: in.GetHeader(), Input: in.GetInput(),
				ScheduleToCloseTimeout: in.GetScheduleToCloseTimeout(), ScheduleToStartTimeout: in.GetScheduleToStartTimeout(),
				StartToCloseTimeout: in.GetStartToCloseTimeout(), HeartbeatTimeout: in.GetHeartbeatTimeout(), WorkflowTaskCompletedEventId: completedID,
				RetryPolicy: in.GetRetryPolicy(),
			},
		}
	})
	a := &activity{run: r, scheduled: scheduled, in: in, scheduledAt: time.Now()}
	r.activities[scheduled] = a
	a.next()
	if limit := in.GetScheduleToCloseTimeout().AsDuration(); limit > 0 {
		r.server.after(limit, func() {
			a.over(a.timedOut(timeoutFailure("activity ScheduleToClose timeout", enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE), enumspb.RETRY_STATE_TIMEOUT))
		})
	}
}

// next makes the next attempt ready.
func (a *activity) next() {
	a.attempt++
	a.run.server.ready(&Task{
		Kind: ActivityTask, WorkflowID: a.run.id, RunID: a.run.runID, Name: a.in.GetActivityType().GetName(), Attempt: a.attempt, run: a.run, activity: a,
	})
}

func (a *activity) open() bool { return a.run.status == running && a.run.activities[a.scheduled] == a }

// start hands an attempt to a worker.
func (a *activity) start(t *Task) *workflowservice.PollActivityTaskQueueResponse {
	a.task, a.heard = t, time.Now()
	a.watch(t, a.in.GetStartToCloseTimeout().AsDuration(), "activity StartToClose timeout", enumspb.TIMEOUT_TYPE_START_TO_CLOSE)
	a.watchHeartbeat(t)
	return &workflowservice.PollActivityTaskQueueResponse{
		TaskToken: []byte(t.token), WorkflowNamespace: Namespace, WorkflowType: a.run.kind,
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: a.run.id, RunId: a.run.runID}, ActivityType: a.in.GetActivityType(),
		ActivityId: a.in.GetActivityId(), Header: a.in.GetHeader(), Input: a.in.GetInput(), HeartbeatDetails: a.details,
		ScheduledTime: timestamp(a.scheduledAt), CurrentAttemptScheduledTime: timestamp(time.Now()), StartedTime: timestamp(time.Now()),
		Attempt: int32(a.attempt), ScheduleToCloseTimeout: a.in.GetScheduleToCloseTimeout(), StartToCloseTimeout: a.in.GetStartToCloseTimeout(),
		HeartbeatTimeout: a.in.GetHeartbeatTimeout(), RetryPolicy: a.in.GetRetryPolicy(), Priority: a.in.GetPriority(),
	}
}

func (a *activity) watch(t *Task, limit time.Duration, message string, kind enumspb.TimeoutType) {
	if limit <= 0 {
		return
	}
	a.run.server.after(limit, func() {
		if a.open() && a.task == t {
			a.attemptFailed(timeoutFailure(message, kind), 0)
		}
	})
}

func (a *activity) watchHeartbeat(t *Task) {
	limit := a.in.GetHeartbeatTimeout().AsDuration()
	if limit <= 0 {
		return
	}
	a.run.server.after(time.Until(a.heard.Add(limit)), func() {
		switch {
		case !a.open() || a.task != t:
		case time.Since(a.heard) >= limit:
			a.attemptFailed(timeoutFailure("activity Heartbeat timeout", enumspb.TIMEOUT_TYPE_HEARTBEAT), 0)
		default:
			a.watchHeartbeat(t)
		}
	})
}

// attemptFailed schedules the next attempt, or ends the activity if its policy allows none.
func (a *activity) attemptFailed(failure *failurepb.Failure, wanted time.Duration) {
	if a.task != nil {
		delete(a.run.server.tokens, a.task.token)
		a.task = nil
	}
	a.last = failure
	policy := a.in.GetRetryPolicy()
	wait := time.Duration(float64(policy.GetInitialInterval().AsDuration()) * power(policy.GetBackoffCoefficient(), a.attempt-1))
	if limit := policy.GetMaximumInterval().AsDuration(); limit > 0 && (wait > limit || wait < 0) {
		wait = limit
	}
	if wanted > 0 {
		wait = wanted
	}
	state := enumspb.RETRY_STATE_IN_PROGRESS
	switch total := a.in.GetScheduleToCloseTimeout().AsDuration(); {
	case a.cancelled:
		state = enumspb.RETRY_STATE_CANCEL_REQUESTED
	case failure.GetApplicationFailureInfo().GetNonRetryable():
		state = enumspb.RETRY_STATE_NON_RETRYABLE_FAILURE
	case policy.GetMaximumAttempts() > 0 && a.attempt >= int(policy.GetMaximumAttempts()):
		state = enumspb.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED
	case total > 0 && time.Now().Add(wait).After(a.scheduledAt.Add(total)):
		state = enumspb.RETRY_STATE_TIMEOUT
	}
	if state == enumspb.RETRY_STATE_IN_PROGRESS {
		a.run.server.after(wait, func() {
			if a.open() && a.task == nil {
				a.next()
			}
		})
		return
	}
	if failure.GetTimeoutFailureInfo() != nil {
		a.over(a.timedOut(failure, state))
		return
	}
	a.over(func(e *historypb.HistoryEvent, started int64) {
		e.EventType = enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED
		e.Attributes = &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
			Failure: failure, ScheduledEventId: a.scheduled, StartedEventId: started, RetryState: state,
		}}
	})
}

func power(base float64, exponent int) float64 {
	result := 1.0
	for range min(exponent, 30) {
		result *= base
	}
	return result
}

func (a *activity) timedOut(failure *failurepb.Failure, state enumspb.RetryState) func(*historypb.HistoryEvent, int64) {
	return func(e *historypb.HistoryEvent, started int64) {
		e.EventType = enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT
		e.Attributes = &historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes{ActivityTaskTimedOutEventAttributes: &historypb.ActivityTaskTimedOutEventAttributes{
			Failure: failure, ScheduledEventId: a.scheduled, StartedEventId: started, RetryState: state,
		}}
	}
}

// over ends the activity. Like the real server it records only now that the last attempt started.
func (a *activity) over(fill func(e *historypb.HistoryEvent, started int64)) {
	if !a.open() {
		return
	}
	r := a.run
	delete(r.activities, a.scheduled)
	r.server.drop(func(t *Task) bool { return t.activity == a })
	if a.task != nil {
		delete(r.server.tokens, a.task.token)
	}
	attempt, last := a.attempt, a.last
	r.record(func() {
		started := r.append(enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, func(e *historypb.HistoryEvent) {
			e.Attributes = &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{
				ScheduledEventId: a.scheduled, Attempt: int32(attempt), LastFailure: last,
			}}
		})
		r.append(enumspb.EVENT_TYPE_UNSPECIFIED, func(e *historypb.HistoryEvent) { fill(e, started) })
	})
}

func (s *Server) activityTask(token []byte) (*activity, error) {
	t, err := s.take(token)
	if err != nil {
		return nil, err
	}
	if !t.activity.open() || t.activity.task != t {
		return nil, serviceerror.NewNotFound("activity is over")
	}
	return t.activity, nil
}

func (s *Server) activityCompleted(in *workflowservice.RespondActivityTaskCompletedRequest) error {
	a, err := s.activityTask(in.GetTaskToken())
	if err != nil {
		return err
	}
	a.over(func(e *historypb.HistoryEvent, started int64) {
		e.EventType = enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
		e.Attributes = &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
			Result: in.GetResult(), ScheduledEventId: a.scheduled, StartedEventId: started,
		}}
	})
	return nil
}

func (s *Server) activityFailed(in *workflowservice.RespondActivityTaskFailedRequest) error {
	a, err := s.activityTask(in.GetTaskToken())
	if err != nil {
		return err
	}
	if in.GetLastHeartbeatDetails() != nil {
		a.details = in.GetLastHeartbeatDetails()
	}
	a.attemptFailed(in.GetFailure(), in.GetFailure().GetApplicationFailureInfo().GetNextRetryDelay().AsDuration())
	return nil
}

func (s *Server) activityCanceled(in *workflowservice.RespondActivityTaskCanceledRequest) error {
	a, err := s.activityTask(in.GetTaskToken())
	if err != nil {
		return err
	}
	a.wasCanceled(in.GetDetails())
	return nil
}

func (a *activity) wasCanceled(details *commonpb.Payloads) {
	a.over(func(e *historypb.HistoryEvent, started int64) {
		e.EventType = enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED
		e.Attributes = &historypb.HistoryEvent_ActivityTaskCanceledEventAttributes{ActivityTaskCanceledEventAttributes: &historypb.ActivityTaskCanceledEventAttributes{
			Details: details, LatestCancelRequestedEventId: a.cancelID, ScheduledEventId: a.scheduled, StartedEventId: started,
		}}
	})
}

func (s *Server) heartbeat(in *workflowservice.RecordActivityTaskHeartbeatRequest) (*workflowservice.RecordActivityTaskHeartbeatResponse, error) {
	a, err := s.activityTask(in.GetTaskToken())
	if err != nil {
		return nil, err
	}
	if !a.task.silent {
		a.heard, a.details = time.Now(), in.GetDetails()
	}
	return &workflowservice.RecordActivityTaskHeartbeatResponse{CancelRequested: a.cancelled}, nil
}

// cancelActivity asks an activity to end. One that no worker has ends at once.
func (r *run) cancelActivity(scheduled, completedID int64) (again bool) {
	id := r.append(enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED, func(e *historypb.HistoryEvent) {
		e.Attributes = &historypb.HistoryEvent_ActivityTaskCancelRequestedEventAttributes{
			ActivityTaskCancelRequestedEventAttributes: &historypb.ActivityTaskCancelRequestedEventAttributes{
				ScheduledEventId: scheduled, WorkflowTaskCompletedEventId: completedID,
			},
		}
	})
	a := r.activities[scheduled]
	if a == nil {
		return false
	}
	a.cancelled, a.cancelID = true, id
	if a.task == nil {
		a.wasCanceled(nil)
	}
	return false
}
