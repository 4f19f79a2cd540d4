package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// An asset follows its device to another company unless someone moved it elsewhere. A contact that someone chose stays.
func TestDecidePlace(t *testing.T) {
	t.Parallel()
	baseline := func(company, affiliation int64) rules.Baseline {
		b := rules.Baseline{}
		b.RecordPlace(company, affiliation)
		return b
	}
	rejected := rules.ManualChange{Field: "company", Accelo: "5", Ninja: "6", Noted: true}
	byHand := rules.ManualChange{Field: "company", Accelo: "8", Ninja: "5"}
	contact := rules.ManualChange{Field: "contact", Accelo: "10", Ninja: "9"}
	at := func(company, affiliation int64) *rules.Asset {
		return &rules.Asset{ID: 31, CompanyID: company, Affiliation: affiliation}
	}
	for _, test := range []struct {
		name     string
		place    rules.Place
		baseline rules.Baseline
		asset    *rules.Asset
		known    []rules.ManualChange
		want     rules.PlaceDecision
	}{
		{"nothing changed", rules.Place{5, 9}, baseline(5, 9), at(5, 9), nil, rules.PlaceDecision{Baseline: baseline(5, 9)}},
		{"the primary contact changed", rules.Place{5, 12}, baseline(5, 9), at(5, 9), nil, rules.PlaceDecision{Baseline: baseline(5, 9)}},
		{"unknown place", rules.Place{}, baseline(5, 9), at(8, 9), nil, rules.PlaceDecision{Baseline: baseline(5, 9)}},
		{"the device moved", rules.Place{6, 11}, baseline(5, 9), at(5, 9), nil, rules.PlaceDecision{Move: true, Baseline: baseline(5, 9)}},
		{
			"the device moved, and Accelo rejected the move before",
			rules.Place{6, 11},
			baseline(5, 9), at(5, 9),
			[]rules.ManualChange{rejected},
			rules.PlaceDecision{Baseline: baseline(5, 9), ManualChanges: []rules.ManualChange{{Field: "company", Accelo: "5", Ninja: "6"}}},
		},
		{
			"a user moved it to the same company",
			rules.Place{6, 11},
			baseline(5, 9), at(6, 11),
			[]rules.ManualChange{rejected},
			rules.PlaceDecision{BaselineChanged: true, Baseline: baseline(6, 11)},
		},
		{
			"a user moved it elsewhere",
			rules.Place{5, 9},
			baseline(5, 9), at(8, 13), nil,
			rules.PlaceDecision{Baseline: baseline(5, 9), ManualChanges: []rules.ManualChange{byHand}},
		},
		{
			"it has no company",
			rules.Place{5, 9},
			baseline(5, 9), at(0, 0), nil,
			rules.PlaceDecision{Baseline: baseline(5, 9), ManualChanges: []rules.ManualChange{{Field: "company", Accelo: "", Ninja: "5"}}},
		},
		{
			"a user chose another contact",
			rules.Place{5, 9},
			baseline(5, 9), at(5, 10), nil,
			rules.PlaceDecision{Baseline: baseline(5, 9), ManualChanges: []rules.ManualChange{contact}},
		},
		{"the contact is new", rules.Place{5, 9}, baseline(5, 0), at(5, 10), nil, rules.PlaceDecision{BaselineChanged: true, Baseline: baseline(5, 10)}},
		{"an empty baseline", rules.Place{5, 9}, rules.Baseline{}, at(5, 9), nil, rules.PlaceDecision{BaselineChanged: true, Baseline: baseline(5, 9)}},
		{
			"not read",
			rules.Place{5, 9},
			baseline(5, 9), nil,
			[]rules.ManualChange{contact, {Field: "title"}},
			rules.PlaceDecision{Baseline: baseline(5, 9), ManualChanges: []rules.ManualChange{contact}},
		},
		{"not read, and the device moved", rules.Place{6, 11}, baseline(5, 9), nil, nil, rules.PlaceDecision{ReadAsset: true, Baseline: baseline(5, 9)}},
		{
			"not read, and Accelo rejected the move before",
			rules.Place{6, 11},
			baseline(5, 9), nil,
			[]rules.ManualChange{rejected},
			rules.PlaceDecision{Baseline: baseline(5, 9), ManualChanges: []rules.ManualChange{rejected}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := rules.DecidePlace(test.place, test.baseline, test.asset, test.known)
			if len(got.ManualChanges) == 0 {
				got.ManualChanges = nil
			}
			require.Equal(t, test.want, got)
			if test.asset == nil || got.Move {
				return
			}
			again := rules.DecidePlace(test.place, got.Baseline, test.asset, got.ManualChanges)
			require.False(t, again.BaselineChanged || again.Move, "a second decision changes the baseline again")
			require.Equal(t, got.ManualChanges, again.ManualChanges)
		})
	}
}

func TestBaselinePlace(t *testing.T) {
	t.Parallel()
	baseline := rules.Baseline{"company": {Ninja: "6", Accelo: "5"}}
	company, affiliation := baseline.Place()
	require.Equal(t, []int64{5, 0}, []int64{company, affiliation})
	baseline.RecordPlace(0, 0)
	require.Equal(t, rules.Baseline{"company": {Ninja: "6", Accelo: "5"}}, baseline, "0 changes nothing")
}
