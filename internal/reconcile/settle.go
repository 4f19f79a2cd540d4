package reconcile

import (
	"context"
	"slices"

	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// settleAlerts looks at the nominated alerts themselves and adds the resets and revivals that follow.
func (r *Reconciler) settleAlerts(
	ctx context.Context, c tenant.Connection, check Check, nominated map[string]listedAlert, active int, found *ActiveDifferences,
) error {
	if err := r.approve(ctx, check); err != nil {
		return err
	}
	whats := make(map[string]store.DifferenceWhat, len(nominated))
	for uid, each := range nominated {
		whats[uid] = each.what
	}
	differences, err := r.Store.SyncDifferences(ctx, c.Name, store.Alerts, whats, check.At)
	if err != nil {
		return err
	}
	seen := newInspection(c)
	if err := seen.look(ctx, nomineesOf(nextLooks(differences, check), nominated)); err != nil {
		return err
	}
	if err := r.Store.SaveLooks(ctx, c.Name, store.Alerts, seen.looks, check.At); err != nil {
		return err
	}
	found.addDoubts(seen, nominated)
	settlement := settlement{check: check, nominated: nominated, differences: differences, seen: seen}
	if err := r.addResets(ctx, settlement, active, found); err != nil {
		return err
	}
	return r.addRevivals(ctx, settlement, found)
}

func nomineesOf(differences []store.Difference, nominated map[string]listedAlert) []nominee {
	nominees := make([]nominee, 0, len(differences))
	for _, each := range differences {
		alert := nominated[each.ID]
		deviceID := alert.state.DeviceID
		if alert.trigger != nil {
			deviceID = alert.trigger.DeviceID
		}
		nominees = append(nominees, nominee{Difference: each, deviceID: deviceID, state: alert.state})
	}
	return nominees
}

// addDoubts reports lists that turned out to be wrong, and alerts that could not be looked at.
func (d *ActiveDifferences) addDoubts(seen *inspection, nominated map[string]listedAlert) {
	wrong, unclear := 0, 0
	for uid, result := range seen.verdicts {
		switch {
		case result == contradicted && nominated[uid].what == store.Missing:
			wrong++
		case result == undecided:
			unclear++
		}
	}
	if wrong > 0 {
		d.doubt("the list lacks "+rules.Count(wrong, "alert")+" that their devices list as active: nothing was closed for that", nil)
	}
	if unclear > 0 || seen.stopped {
		d.doubt(rules.Count(unclear, "alert")+" could not be checked", seen.cause)
	}
}

// settlement is what a check knows about the alerts that are in dispute.
type settlement struct {
	check       Check
	nominated   map[string]listedAlert
	differences map[string]store.Difference
	seen        *inspection
}

// twice reports whether an earlier check and this one both saw that an alert is what the list says.
func (s settlement) twice(uid string) bool {
	before := s.differences[uid]
	return s.seen.verdicts[uid] >= agreed && before.AgreedAt != nil && before.AgreedAt.Before(s.check.At)
}

// addResets adds the resets of missing alerts: those that NinjaOne's log reports, those that a user approved, and those that we conclude
// unless they are so many that a user has to approve. What was decided before is owed until it is done.
func (r *Reconciler) addResets(ctx context.Context, s settlement, active int, found *ActiveDifferences) error {
	sorted := s.sortMissing()
	if err := r.Store.Conclude(ctx, s.check.Connection, store.Alerts, sorted.approved); err != nil {
		return err
	}
	reason, err := r.hold(ctx, s.check, brake{
		kind: store.Alerts, waiting: sorted.waiting, total: active - len(sorted.approved),
		what: "open alerts are no longer listed by NinjaOne", done: "were closed for that reason",
	})
	if err != nil {
		return err
	}
	found.NeedsApproval = reason
	owed := slices.Concat(sorted.owed, sorted.approved)
	if reason == "" {
		ready := slices.DeleteFunc(sorted.waiting, func(uid string) bool { return s.seen.verdicts[uid] != proven && !s.twice(uid) })
		if err := r.Store.Conclude(ctx, s.check.Connection, store.Alerts, ready); err != nil {
			return err
		}
		owed = append(owed, ready...)
	}
	slices.Sort(owed)
	for _, uid := range owed[:min(len(owed), maxEndings)] {
		found.Alerts = append(found.Alerts, flow.MissedAlert{UID: uid, Again: true, Reset: s.resetOf(uid)})
	}
	return nil
}

// missingAlerts are alerts that are active here and not listed, by what follows.
type missingAlerts struct {
	// owed were reset by an activity in the log, or decided before. Approved ones were approved, and this check agrees. Waiting ones
	// agree so far.
	owed, approved, waiting []string
}

func (s settlement) sortMissing() (sorted missingAlerts) {
	for uid, before := range s.differences {
		_, logged := s.seen.resets[uid]
		result := s.seen.verdicts[uid]
		switch {
		case before.What != store.Missing:
		case logged, before.DecidedAt != nil:
			sorted.owed = append(sorted.owed, uid)
		case before.ApprovedAt != nil && result >= agreed:
			sorted.approved = append(sorted.approved, uid)
		case before.ApprovedAt == nil && (result >= agreed || result == undecided && before.AgreedAt != nil):
			sorted.waiting = append(sorted.waiting, uid)
		}
	}
	return sorted
}

// resetOf returns the reset of a missing alert: the activity that reset it, or our conclusion.
func (s settlement) resetOf(uid string) *flow.AlertResetInput {
	if activity, logged := s.seen.resets[uid]; logged {
		reset := event.ResetOf(s.check.Connection, activity)
		reset.UID = uid
		return &reset
	}
	return &flow.AlertResetInput{
		Connection: s.check.Connection, UID: uid, DeviceID: s.nominated[uid].state.DeviceID,
		Message: "NinjaOne no longer lists the alert as active.",
	}
}

// addRevivals makes alerts active again that were reset by mistake, or whose reset had no effect, and adds what each of them needs. Those
// that a workflow can't carry are left for the next check.
func (r *Reconciler) addRevivals(ctx context.Context, s settlement, found *ActiveDifferences) error {
	var revived []string
	for uid, before := range s.differences {
		if before.What == store.Listed && (s.seen.verdicts[uid] == proven || s.twice(uid)) {
			revived = append(revived, uid)
		}
	}
	slices.Sort(revived)
	var room flow.Room
	for _, uid := range revived {
		alert := s.nominated[uid]
		if !room.Take(alert.trigger) {
			return nil
		}
		revival, err := r.Store.ReviveAlert(ctx, s.check.Connection, uid, alert.state.ResetActivity, s.seen.triggers[uid])
		if err != nil {
			return err
		}
		if revival.Request {
			found.Alerts = append(found.Alerts, flow.MissedAlert{UID: uid, Again: true, Revived: true, Trigger: alert.trigger})
		}
		if revival.FollowRequest != 0 && !slices.Contains(found.Requests, revival.FollowRequest) {
			found.Requests = append(found.Requests, revival.FollowRequest)
		}
	}
	return nil
}
