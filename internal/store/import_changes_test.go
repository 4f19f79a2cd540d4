package store_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func (d *database) beginImport(id string, plan bool) {
	d.t.Helper()
	require.NoError(d.t, d.BeginImport(d.t.Context(), store.Import{ID: id, Connection: connection, WorkflowID: "full-import/default", Plan: plan}))
}

// allChanges reads a plan in pages.
func (d *database) allChanges(importID string, page int) []rules.Change {
	d.t.Helper()
	all := []rules.Change{}
	for after := (rules.Change{}); ; after = all[len(all)-1] {
		changes, err := d.Changes(d.t.Context(), importID, after, page)
		require.NoError(d.t, err)
		all = append(all, changes...)
		if len(changes) < page {
			return all
		}
	}
}

// A plan is read in pages, grouped by organization, without the records that only change in our own database.
func TestChanges(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.beginImport("one", true)
	device := rules.Change{
		Kind: rules.DeviceChange, NinjaID: "9", OrganizationID: 7, Organization: "Acme", Name: `SHIP "1"`, Action: rules.Update, AcceloID: 12,
		Fields: []rules.FieldChange{{Field: "title", Before: "BOAT", After: `SHIP "1"`}}, Cost: rules.AcceloCalls(1, 2), Why: "NinjaOne renamed the device",
	}
	alert := rules.Change{Kind: rules.AlertChange, NinjaID: "a-1", Name: "Disk full", Action: rules.Create}
	contact := rules.Change{Kind: rules.ContactChange, NinjaID: "7", OrganizationID: 7, Action: rules.Create}
	organization := rules.Change{Kind: rules.OrganizationChange, NinjaID: "7", OrganizationID: 7, Action: rules.Create}
	late := rules.Change{Kind: rules.DeviceChange, NinjaID: "10", OrganizationID: 7, Action: rules.Create}
	own := rules.Change{Kind: rules.DeviceChange, NinjaID: "8", OrganizationID: 7, Action: rules.NoChange}
	require.NoError(t, d.AddChanges(t.Context(), "one", []rules.Change{late, device, own, contact, organization, alert}))
	require.NoError(t, d.AddChanges(t.Context(), "one", []rules.Change{device}), "a retry replaces it")
	for _, page := range []int{1, 2, 100} {
		require.Equal(t, []rules.Change{alert, organization, contact, device, late}, d.allChanges("one", page))
	}
	require.NoError(t, d.ClearChanges(t.Context(), "one"))
	require.Empty(t, d.allChanges("one", 100))
}

// The plan of a plan stays until the next run begins; that of an import ends with it.
func TestChangesEnd(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	changes := []rules.Change{{Kind: rules.OrganizationChange, NinjaID: "7", OrganizationID: 7, Action: rules.Create}}
	for _, plan := range []bool{true, false} {
		id := fmt.Sprintf("plan-%t", plan)
		d.beginImport(id, plan)
		require.NoError(t, d.AddChanges(t.Context(), id, changes))
		require.Len(t, d.allChanges(id, 10), 1)
		require.NoError(t, d.FinishImport(t.Context(), id, []byte(`{}`)))
		require.Len(t, d.allChanges(id, 10), map[bool]int{true: 1, false: 0}[plan])
	}
	require.Empty(t, d.allChanges("plan-true", 10), "the next run has begun")
}

// A large tenant's plan is stored in batches.
func TestManyChanges(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.beginImport("one", true)
	changes := make([]rules.Change, 5000)
	for i := range changes {
		changes[i] = rules.Change{Kind: rules.DeviceChange, NinjaID: strconv.Itoa(i + 1), OrganizationID: 1 + i%50, Name: "SHIP", Action: rules.Create}
	}
	require.NoError(t, d.AddChanges(t.Context(), "one", changes))
	require.Len(t, d.allChanges("one", 700), len(changes))
}
