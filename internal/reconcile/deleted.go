package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// deletionScanInterval is how often scheduled runs look for deleted records: a scan takes a page per thousand devices.
	deletionScanInterval = time.Hour
	// maxDeletedPerRun bounds what one scan hands to a workflow.
	maxDeletedPerRun = 500
)

// Deleted are the ids of linked records that NinjaOne no longer has and that aren't marked as deleted yet.
type Deleted struct {
	Organizations, Devices []int
	// NeedsApproval is why some were left out; "" if none were.
	NeedsApproval string
	// Doubts say in which respect NinjaOne's answers are incomplete.
	Doubts []string
	// unfinished means that NinjaOne was unavailable, so the next run scans again.
	unfinished bool
}

// FindDeleted looks through NinjaOne's lists for linked records that are missing, and asks for each by id before it reports
// it as deleted. Records that are back lose their mark. It also ends the failures of deleted records, linked or not. Too many in a day
// need approval. Scheduled checks do nothing within an hour of the last scan.
func (r *Reconciler) FindDeleted(ctx context.Context, check Check) (Deleted, error) {
	found := Deleted{Organizations: []int{}, Devices: []int{}}
	c, err := r.Tenants.Ready(ctx, check.Connection)
	if err != nil {
		return found, err
	}
	state, err := r.Store.ReconcileState(ctx, check.Connection)
	recent := state.DeletionScanAt != nil && time.Since(*state.DeletionScanAt) < deletionScanInterval
	if err != nil || recent && !check.Now && check.Approved.IsZero() {
		return found, err
	}
	if err := r.approve(ctx, check); err != nil {
		return found, err
	}
	doubt, err := r.endFailures(ctx, c, check)
	if err != nil {
		return found, err
	}
	if doubt != "" {
		found.Doubts = append(found.Doubts, doubt)
	}
	for _, scan := range []struct {
		recordSource
		ids *[]int
	}{{organizationSource, &found.Organizations}, {deviceSource, &found.Devices}} {
		if *scan.ids, err = r.scan(ctx, c, check, scan.recordSource, &found); err != nil {
			return found, err
		}
	}
	if found.NeedsApproval != "" || found.unfinished {
		return found, nil
	}
	return found, r.Store.MarkDeletionScan(ctx, check.Connection, time.Now())
}

// recordSource reads one kind of record from NinjaOne.
type recordSource struct {
	kind store.Kind
	list func(ctx context.Context, client *ninjaone.Client) (map[int]bool, error)
	// get returns an error that ninjaone.IsNotFound recognizes if the record was deleted.
	get func(ctx context.Context, client *ninjaone.Client, id int) error
}

// scan compares the linked records of a kind with NinjaOne's list and returns those that were deleted.
func (r *Reconciler) scan(ctx context.Context, c tenant.Connection, check Check, source recordSource, found *Deleted) ([]int, error) {
	linked, err := r.Store.LinkedNinjaIDs(ctx, c.Name, source.kind)
	if err != nil || len(linked) == 0 {
		return []int{}, err
	}
	listed, err := source.list(ctx, c.NinjaOne)
	if err != nil {
		return nil, err
	}
	missing, present := map[string]store.DifferenceWhat{}, 0
	for id, marked := range linked {
		switch {
		case listed[id] && marked:
			err = r.Store.MarkDeleted(ctx, store.KeyOf(c.Name, source.kind, id), false)
		case !listed[id] && !marked:
			missing[strconv.Itoa(id)] = store.Missing
		}
		if err != nil {
			return nil, err
		}
		if !marked {
			present++
		}
	}
	differences, err := r.Store.SyncDifferences(ctx, c.Name, source.kind, missing, check.At)
	if err != nil {
		return nil, err
	}
	looks, cause, err := confirm(ctx, c, source, nextLooks(differences, check))
	if err != nil {
		return nil, err
	}
	if cause != nil {
		found.unfinished = found.unfinished || ninjaone.IsTransient(cause)
		found.Doubts = append(found.Doubts, rules.Count(len(looks.Undecided), "missing "+string(source.kind))+" could not be checked: "+cause.Error())
	}
	if err := r.Store.SaveLooks(ctx, c.Name, source.kind, looks, check.At); err != nil {
		return nil, err
	}
	return r.settleDeleted(ctx, check, source.kind, deletions{differences, looks, present}, found)
}

// confirm asks for records by id. Only NinjaOne's word that it doesn't know one means that it was deleted. The cause is the first error.
func confirm(
	ctx context.Context, c tenant.Connection, source recordSource, missing []store.Difference,
) (looks store.Looks, cause, err error) {
	for _, each := range missing {
		id, err := strconv.Atoi(each.ID)
		if err != nil {
			return looks, cause, fmt.Errorf("stored %s %q: %w", source.kind, each.ID, err)
		}
		err = source.get(ctx, c.NinjaOne, id)
		switch {
		case ctx.Err() != nil:
			return looks, cause, ctx.Err()
		case err == nil:
			looks.Contradicted = append(looks.Contradicted, each.ID)
		case ninjaone.IsNotFound(err):
			looks.Agreed = append(looks.Agreed, each.ID)
		default:
			looks.Undecided = append(looks.Undecided, each.ID)
			cause = cmp.Or(cause, err)
		}
		if cause != nil && (ninjaone.IsTransient(cause) || len(looks.Undecided) == maxRefusals) {
			break
		}
	}
	return looks, cause, nil
}

// deletions are the missing records of a kind, what this check saw of them, and how many there are in all.
type deletions struct {
	differences map[string]store.Difference
	looks       store.Looks
	present     int
}

// settleDeleted returns the records that were deleted, unless they are so many that a user has to approve. What was decided before is
// owed until it is done.
func (r *Reconciler) settleDeleted(ctx context.Context, check Check, kind store.Kind, d deletions, found *Deleted) ([]int, error) {
	var owed, waiting, ready []string
	for id, before := range d.differences {
		gone := slices.Contains(d.looks.Agreed, id)
		switch {
		case before.DecidedAt != nil:
			owed = append(owed, id)
		case gone && before.ApprovedAt != nil:
			ready = append(ready, id)
		case gone, before.AgreedAt != nil && before.ApprovedAt == nil && !slices.Contains(d.looks.Contradicted, id):
			waiting = append(waiting, id)
		}
	}
	if err := r.Store.Conclude(ctx, check.Connection, kind, ready); err != nil {
		return nil, err
	}
	reason, err := r.hold(ctx, check, brake{
		kind: kind, waiting: waiting, total: d.present - len(ready),
		what: "linked " + string(kind) + "s no longer exist in NinjaOne", done: "were marked as deleted",
	})
	if err != nil {
		return nil, err
	}
	found.NeedsApproval = joinReasons(found.NeedsApproval, reason)
	if reason == "" {
		seen := slices.DeleteFunc(waiting, func(id string) bool { return !slices.Contains(d.looks.Agreed, id) })
		if err := r.Store.Conclude(ctx, check.Connection, kind, seen); err != nil {
			return nil, err
		}
		ready = append(ready, seen...)
	}
	deleted := []int{}
	for _, id := range append(owed, ready...) {
		if number, err := strconv.Atoi(id); err == nil {
			deleted = append(deleted, number)
		}
	}
	slices.Sort(deleted)
	return deleted[:min(len(deleted), maxDeletedPerRun)], nil
}

func joinReasons(first, second string) string {
	if first == "" || second == "" {
		return first + second
	}
	return first + "; " + second
}

var organizationSource = recordSource{
	kind: store.Organizations,
	list: func(ctx context.Context, client *ninjaone.Client) (map[int]bool, error) {
		listed := map[int]bool{}
		for page, err := range client.Organizations(ctx, ninjaone.OrganizationQuery{}) {
			if err != nil {
				return nil, fmt.Errorf("read NinjaOne's organizations: %w", err)
			}
			for _, organization := range page {
				listed[organization.ID] = true
			}
		}
		return listed, nil
	},
	get: func(ctx context.Context, client *ninjaone.Client, id int) error {
		_, err := client.Organization(ctx, id)
		return err
	},
}

var deviceSource = recordSource{
	kind: store.Devices,
	list: func(ctx context.Context, client *ninjaone.Client) (map[int]bool, error) {
		listed := map[int]bool{}
		for page, err := range client.Devices(ctx, ninjaone.DeviceQuery{}) {
			if err != nil {
				return nil, fmt.Errorf("read NinjaOne's devices: %w", err)
			}
			for _, device := range page {
				listed[device.ID] = true
			}
		}
		return listed, nil
	},
	get: func(ctx context.Context, client *ninjaone.Client, id int) error {
		_, err := client.Device(ctx, id)
		return err
	},
}
