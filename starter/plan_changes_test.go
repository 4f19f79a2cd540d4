package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
)

func changes() []rules.Change {
	return []rules.Change{
		{
			Kind: rules.OrganizationChange, NinjaID: "7", OrganizationID: 7, Organization: "Planet Express", Name: "Planet Express",
			Action: rules.Create, Cost: rules.AcceloCalls(0, 1), Why: "No company has this name",
			Fields: []rules.FieldChange{{Field: "name", After: "Planet Express"}, {Field: "comments", After: "-2+3 Deliveries"}},
		},
		{
			Kind: rules.DeviceChange, NinjaID: "8", OrganizationID: 7, Organization: "Planet Express", Name: "=SHIP",
			Action: rules.Update, AcceloID: 12, Cost: rules.AcceloCalls(0, 1), Why: "NinjaOne renamed the device",
			Fields: []rules.FieldChange{{Field: "title", Before: "SHIP", After: "=SHIP"}},
		},
		{
			Kind: rules.DeviceChange, NinjaID: "9", OrganizationID: 9, Organization: "Momcorp", Name: "LAB",
			Action: rules.Wait, Why: "This deployment's API can't create assets",
		},
	}
}

// Changes are grouped by organization, with the reason and each field's value before and after.
func TestChangesText(t *testing.T) {
	t.Parallel()
	requireGoldens(t, "changes", map[string]string{"nothing": changesText(nil), "many": changesText(changes())})
}

// A cell that a spreadsheet program would run as a formula is quoted, and a change's calls count once.
func TestChangesCSV(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	require.NoError(t, writeChanges(&file, changes()))
	requireGolden(t, "changes-csv", file.String())
}

func TestSafeCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1"} {
		require.Equal(t, want, safeCell(text))
	}
}

// The changes of an import exist only for a plan that has ended.
func TestChangesNeedAPlan(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]importOptions{
		"without --plan":    {changes: true, wait: true},
		"csv without plan":  {csv: "x.csv", wait: true},
		"with --wait=false": {plan: true, changes: true},
	} {
		var usage *program.UsageError
		require.ErrorAs(t, options.checkChanges(), &usage, name)
	}
	require.NoError(t, (&importOptions{plan: true, changes: true, wait: true}).checkChanges())
	require.NoError(t, (&importOptions{}).checkChanges())
}
