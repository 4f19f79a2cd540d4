package reconcile

import (
	"cmp"
	"context"
	"slices"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// maxLooks bounds how many nominated records one check looks at, and maxDeviceLooks how many devices it asks for their alerts. The
	// next check continues with those that were looked at least recently.
	maxLooks, maxDeviceLooks = 100, 50
	// maxLookInterval is the longest time between two looks at what stays doubtful.
	maxLookInterval = time.Hour
	// maxRefusals is how many devices in a row may refuse to answer before a check stops asking.
	maxRefusals = 3
)

// due reports whether a check looks at a difference. One look that agrees calls for a second one, and an approval for a fresh one. What
// remains doubtful is looked at again after as long as that has lasted.
func due(d store.Difference, check Check) bool {
	switch {
	case d.DecidedAt != nil, d.LookedAt != nil && !d.LookedAt.Before(check.At):
		return false
	case check.Now, d.LookedAt == nil, d.ApprovedAt != nil, d.AgreedAt != nil && d.AgreedAt.Equal(*d.LookedAt):
		return true
	}
	return check.At.Sub(*d.LookedAt) >= min(d.LookedAt.Sub(d.Since), maxLookInterval)
}

// nextLooks returns the differences to look at, the approved ones first and then those looked at least recently.
func nextLooks(differences map[string]store.Difference, check Check) []store.Difference {
	var next []store.Difference
	for _, each := range differences {
		if due(each, check) {
			next = append(next, each)
		}
	}
	slices.SortFunc(next, func(a, b store.Difference) int {
		return cmp.Or(compareBool(b.ApprovedAt != nil, a.ApprovedAt != nil), lookedAt(a).Compare(lookedAt(b)), cmp.Compare(a.ID, b.ID))
	})
	return next[:min(len(next), maxLooks)]
}

func lookedAt(d store.Difference) time.Time {
	if d.LookedAt == nil {
		return time.Time{}
	}
	return *d.LookedAt
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// nominee is an alert that our rows and the list disagree about.
type nominee struct {
	store.Difference
	deviceID int
	state    store.AlertState
}

// verdict is what one look at an alert says.
type verdict int

const (
	undecided verdict = iota
	contradicted
	// agreed means that the alert is what the list says, as far as this look goes. It takes two.
	agreed
	// proven means that one look is enough.
	proven
)

// inspection looks at alerts one by one: at their devices' own lists and at their activities.
type inspection struct {
	client  *ninjaone.Client
	devices map[int]answer
	// refusals counts the devices in a row that refused to answer. logRefused is set if the log did.
	refusals   int
	logRefused bool
	// cause is the first error. Stopped means that it affects every further call.
	cause   error
	stopped bool

	looks store.Looks
	// resets are the activities that reset missing alerts, verdicts those of this check's looks, and triggers the activities that
	// triggered listed ones.
	resets   map[string]ninjaone.Activity
	triggers map[string]int64
	verdicts map[string]verdict
}

// answer is what a device says, or why it doesn't.
type answer struct {
	evidence.Device
	err error
}

func newInspection(c tenant.Connection) *inspection {
	return &inspection{
		client: c.NinjaOne, devices: map[int]answer{}, resets: map[string]ninjaone.Activity{}, triggers: map[string]int64{},
		verdicts: map[string]verdict{},
	}
}

// look looks at alerts in the given order until it reaches its bounds or NinjaOne is unavailable.
func (i *inspection) look(ctx context.Context, nominees []nominee) error {
	for _, each := range nominees {
		if i.stopped {
			break
		}
		device, asked := i.device(ctx, each.deviceID)
		if !asked {
			continue
		}
		result := i.judge(ctx, each, device)
		if err := ctx.Err(); err != nil {
			return err
		}
		i.record(each.ID, result)
	}
	return nil
}

func (i *inspection) record(uid string, result verdict) {
	i.verdicts[uid] = result
	switch result {
	case agreed, proven:
		i.looks.Agreed = append(i.looks.Agreed, uid)
	case contradicted:
		i.looks.Contradicted = append(i.looks.Contradicted, uid)
	default:
		i.looks.Undecided = append(i.looks.Undecided, uid)
	}
}

// device asks a device for its alerts, once. It reports false if this check asks no further devices.
func (i *inspection) device(ctx context.Context, id int) (answer, bool) {
	if found, asked := i.devices[id]; asked || id == 0 {
		return found, true
	}
	if len(i.devices) == maxDeviceLooks {
		return answer{}, false
	}
	var found answer
	if i.refusals < maxRefusals {
		found.Device, found.err = evidence.DeviceOf(ctx, i.client, id)
		i.note(found.err)
		i.refusals++
		if found.err == nil {
			i.refusals = 0
		}
	} else {
		found.err = i.cause
	}
	i.devices[id] = found
	return found, true
}

// note remembers the first error, and whether to go on after it.
func (i *inspection) note(err error) {
	if err == nil {
		return
	}
	if i.cause == nil {
		i.cause = err
	}
	i.stopped = i.stopped || ninjaone.IsTransient(err)
}

// history asks the log for an alert. It reports false if the log doesn't answer.
func (i *inspection) history(ctx context.Context, uid string) (evidence.History, bool) {
	if i.logRefused || i.stopped {
		return evidence.History{}, false
	}
	history, err := evidence.HistoryOf(ctx, i.client, uid)
	i.note(err)
	i.logRefused = err != nil
	return history, err == nil
}

func (i *inspection) judge(ctx context.Context, each nominee, device answer) verdict {
	if each.What == store.Listed {
		return i.judgeListed(ctx, each, device)
	}
	return i.judgeMissing(ctx, each, device)
}

// judgeMissing says whether an alert that is active here and not listed has ended. Its own reset in the log proves it, and so does a
// deleted device. An alert without a device has no request either.
func (i *inspection) judgeMissing(ctx context.Context, each nominee, device answer) verdict {
	if device.err == nil && device.HasActive(each.ID) {
		return contradicted
	}
	if history, answered := i.history(ctx, each.ID); answered && history.WasReset() {
		i.resets[each.ID] = *history.Last
		return proven
	}
	switch {
	case device.err != nil:
		return undecided
	case device.Gone:
		return proven
	}
	return agreed
}

// judgeListed says whether an alert that was reset here and is listed is active. If we only concluded its reset, both lists outweigh
// that. A reset that NinjaOne told stands until the log knows better: it triggered again, or the log is past that reset and lacks it. If
// we reset it ourselves, that had no effect.
func (i *inspection) judgeListed(ctx context.Context, each nominee, device answer) verdict {
	if each.deviceID != 0 && device.err == nil && !device.HasActive(each.ID) {
		return contradicted
	}
	history, answered := i.history(ctx, each.ID)
	if answered && history.WasReset() {
		return contradicted
	}
	if history.Last != nil {
		i.triggers[each.ID] = history.Last.ID
	}
	told := each.state.ResetActivity
	switch {
	case history.Last != nil && history.Last.ID > told && told > 0 && event.KindOf(*history.Last) == event.Triggered:
		return proven
	case told > 0 && (history.Last == nil || history.NewestID <= told):
		return undecided
	case told == 0 && !each.state.ResetByUs && answered && device.err == nil:
		return proven
	}
	return agreed
}
