package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// deletionScanInterval is how often scheduled runs look for deleted records: a scan takes a page per thousand devices.
	deletionScanInterval = time.Hour
	// maxDeletedPerRun bounds what one scan hands to a workflow; the next scan finds the rest.
	maxDeletedPerRun = 500
)

// Deleted are the ids of linked records that NinjaOne no longer has and that aren't marked as deleted yet.
type Deleted struct {
	Organizations, Devices []int
	// NeedsApproval is why some were left out; "" if none were.
	NeedsApproval string
}

// FindDeleted looks through NinjaOne's lists for linked records that are missing, and asks for each by id before it reports
// it as deleted. Records that are back lose their mark. Too many missing at once need approval. Unless now is set, it does
// nothing within an hour of the last scan.
func (r *Reconciler) FindDeleted(ctx context.Context, connection string, now, approved bool) (Deleted, error) {
	found := Deleted{Organizations: []int{}, Devices: []int{}}
	c, err := r.Tenants.Ready(ctx, connection)
	if err != nil {
		return found, err
	}
	state, err := r.Store.ReconcileState(ctx, connection)
	if err != nil || !now && state.DeletionScanAt != nil && time.Since(*state.DeletionScanAt) < deletionScanInterval {
		return found, err
	}
	scan := deletionScan{store: r.Store, connection: c, approved: approved}
	if found.Organizations, err = scan.find(ctx, organizationSource); err != nil {
		return found, err
	}
	if found.Devices, err = scan.find(ctx, deviceSource); err != nil {
		return found, err
	}
	if found.NeedsApproval = scan.needsApproval; found.NeedsApproval != "" {
		return found, nil
	}
	return found, r.Store.MarkDeletionScan(ctx, connection, time.Now())
}

// recordSource reads one kind of record from NinjaOne.
type recordSource struct {
	kind store.Kind
	list func(ctx context.Context, client *ninjaone.Client) (map[int]bool, error)
	// get returns an error that ninjaone.IsNotFound recognizes if the record was deleted.
	get func(ctx context.Context, client *ninjaone.Client, id int) error
}

type deletionScan struct {
	store         *store.Store
	connection    tenant.Connection
	approved      bool
	needsApproval string
}

// find compares the linked records of a kind with NinjaOne's list.
func (s *deletionScan) find(ctx context.Context, source recordSource) ([]int, error) {
	linked, err := s.store.LinkedNinjaIDs(ctx, s.connection.Name, source.kind)
	if err != nil || len(linked) == 0 {
		return []int{}, err
	}
	listed, err := source.list(ctx, s.connection.NinjaOne)
	if err != nil {
		return nil, err
	}
	missing, present := []int{}, 0
	for id, marked := range linked {
		switch {
		case listed[id] && marked:
			err = s.store.MarkDeleted(ctx, store.KeyOf(s.connection.Name, source.kind, id), false)
		case !listed[id] && !marked:
			missing = append(missing, id)
		}
		if err != nil {
			return nil, err
		}
		if !marked {
			present++
		}
	}
	reason := needsApproval(len(missing), present, "linked "+string(source.kind)+"s are no longer listed by NinjaOne")
	if reason != "" && !s.approved {
		s.needsApproval = reason
		return []int{}, nil
	}
	slices.Sort(missing)
	return s.confirm(ctx, source, missing[:min(len(missing), maxDeletedPerRun)])
}

// confirm returns the ids that NinjaOne says it doesn't know. An error never means that.
func (s *deletionScan) confirm(ctx context.Context, source recordSource, ids []int) ([]int, error) {
	deleted := []int{}
	for _, id := range ids {
		err := source.get(ctx, s.connection.NinjaOne, id)
		switch {
		case ninjaone.IsNotFound(err):
			deleted = append(deleted, id)
		case err != nil:
			return nil, err
		}
	}
	return deleted, nil
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
