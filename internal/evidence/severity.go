package evidence

import (
	"context"
	"strings"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// patience is how long an unavailable log may hold up an alert. After that nobody knows its severity.
	patience = 10 * time.Minute
	// logLag is how old an alert must be before the log's silence is an answer.
	logLag = time.Minute
	// bulkFrom is from how many alerts on the log is read as a whole rather than once for each, and maxBulkPages how far.
	bulkFrom, maxBulkPages = 10, 20
)

// Severities finds the severities of alerts that a list names without: older servers leave them out, and so do conditions that have
// none (ninjaone.md 5.2 and 5.3).
type Severities struct {
	Store *store.Store
}

// Pending are alerts whose severity can't be found out yet: the caller leaves them for a later attempt.
type Pending struct {
	UIDs map[string]bool
	// Cause is why; nil if only the limit was reached.
	Cause error
}

// Find fills in the severity and priority of alerts that have no severity, from the activity log. An alert that stays without one has
// none, or nobody knows it. At most limit alerts are asked about one by one; 0 means all of them. Answers are stored, so no alert is
// asked about twice.
func (s *Severities) Find(ctx context.Context, c tenant.Connection, alerts []*rules.Alert, limit int) (Pending, error) {
	asked, err := s.fillKnown(ctx, c.Name, alerts)
	if err != nil || len(asked.open) == 0 {
		return Pending{}, err
	}
	if len(asked.open) >= bulkFrom {
		asked.cause = asked.readLog(ctx, c.NinjaOne)
	}
	for _, alert := range asked.unanswered() {
		if asked.cause != nil || limit > 0 && asked.single == limit {
			break
		}
		asked.cause = asked.readHistory(ctx, c.NinjaOne, alert)
	}
	if err := ctx.Err(); err != nil {
		return Pending{}, err
	}
	return asked.finish(ctx, s.Store, c.Name)
}

// Recall fills in what earlier searches found, and asks nobody.
func (s *Severities) Recall(ctx context.Context, connection string, alerts []*rules.Alert) error {
	_, err := s.fillKnown(ctx, connection, alerts)
	return err
}

// fillKnown fills in what is stored, and returns the alerts that remain.
func (s *Severities) fillKnown(ctx context.Context, connection string, alerts []*rules.Alert) (*inquiry, error) {
	asked := &inquiry{answers: map[string]store.AlertSeverity{}, since: map[string]time.Time{}, now: time.Now()}
	var uids []string
	for _, alert := range alerts {
		if alert.Severity == "" {
			uids = append(uids, alert.UID)
		}
	}
	if len(uids) == 0 {
		return asked, nil
	}
	known, err := s.Store.AlertSeverities(ctx, connection, uids)
	if err != nil {
		return asked, err
	}
	for _, alert := range alerts {
		if alert.Severity != "" {
			continue
		}
		stored, found := known[alert.UID]
		if found && stored.Answered {
			fill(alert, stored)
			continue
		}
		if found {
			asked.since[alert.UID] = stored.AskedAt
		}
		asked.open = append(asked.open, alert)
	}
	return asked, nil
}

func fill(alert *rules.Alert, answer store.AlertSeverity) {
	alert.Severity = answer.Severity
	if alert.Priority == "" {
		alert.Priority = answer.Priority
	}
}

// inquiry is one search in the activity log.
type inquiry struct {
	open    []*rules.Alert
	answers map[string]store.AlertSeverity
	since   map[string]time.Time
	now     time.Time
	single  int
	cause   error
}

func (q *inquiry) unanswered() (alerts []*rules.Alert) {
	for _, alert := range q.open {
		if _, answered := q.answers[alert.UID]; !answered {
			alerts = append(alerts, alert)
		}
	}
	return alerts
}

func (q *inquiry) answer(uid string, triggered *ninjaone.Activity) {
	answer := store.AlertSeverity{UID: uid, Answered: true}
	if triggered != nil {
		alert := event.Alert(*triggered)
		answer.Severity, answer.Priority = alert.Severity, alert.Priority
	}
	q.answers[uid] = answer
}

// silent answers that the log doesn't say, unless the alert is so young that the log may lag.
func (q *inquiry) silent(alert *rules.Alert) {
	if q.now.Sub(alert.TriggeredAt) > logLag {
		q.answer(alert.UID, nil)
	}
}

// readHistory asks for one alert.
func (q *inquiry) readHistory(ctx context.Context, client *ninjaone.Client, alert *rules.Alert) error {
	q.single++
	history, err := HistoryOf(ctx, client, alert.UID)
	switch {
	case err != nil:
		return err
	case history.Triggered != nil:
		q.answer(alert.UID, history.Triggered)
	default:
		q.silent(alert)
	}
	return nil
}

// readLog reads the log back to before the oldest alert. What it lacks then is silence; alerts stay open if that takes too many pages.
func (q *inquiry) readLog(ctx context.Context, client *ninjaone.Client) error {
	wanted, oldest := map[string]string{}, q.now
	for _, alert := range q.open {
		wanted[strings.ToLower(alert.UID)] = alert.UID
		if alert.TriggeredAt.Before(oldest) {
			oldest = alert.TriggeredAt
		}
	}
	oldest = oldest.Add(-logLag)
	query := ninjaone.ActivityQuery{Type: "CONDITION", Status: "TRIGGERED"}
	for range maxBulkPages {
		page, err := client.Activities(ctx, query)
		if err != nil {
			return err
		}
		for at, activity := range page.Activities {
			key := strings.ToLower(activity.SeriesUID)
			if uid, found := wanted[key]; found && event.KindOf(activity) == event.Triggered {
				q.answer(uid, &page.Activities[at])
				delete(wanted, key)
			}
		}
		rows := len(page.Activities)
		switch {
		case len(wanted) == 0, rows > 0 && query.OlderThan != 0 && page.OldestID() >= query.OlderThan: // a server that ignores olderThan
			return nil
		case rows == 0, page.Activities[rows-1].ActivityTime.Time().Before(oldest):
			for _, alert := range q.unanswered() {
				q.silent(alert)
			}
			return nil
		}
		query.OlderThan = page.OldestID()
	}
	return nil
}

// finish stores the answers and fills them in. What remains is pending, unless the log refuses to answer or has been unavailable for too
// long: then nobody knows.
func (q *inquiry) finish(ctx context.Context, database *store.Store, connection string) (Pending, error) {
	pending := Pending{UIDs: map[string]bool{}, Cause: q.cause}
	var save []store.AlertSeverity
	for _, alert := range q.open {
		answer, answered := q.answers[alert.UID]
		since, asked := q.since[alert.UID]
		switch {
		case answered:
			fill(alert, answer)
			save = append(save, answer)
		case q.cause == nil: // the limit, or a log that may lag
			pending.UIDs[alert.UID] = true
		case ninjaone.IsTransient(q.cause) && (!asked || q.now.Sub(since) < patience):
			pending.UIDs[alert.UID] = true
			save = append(save, store.AlertSeverity{UID: alert.UID})
		}
	}
	return pending, database.SaveAlertSeverities(ctx, connection, save)
}
