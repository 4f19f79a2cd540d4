package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// An asset follows its device to another company where nobody has put it elsewhere; a contact that a person chose stays.
func TestDecidePlace(t *testing.T) {
	t.Parallel()
	written := func(company, affiliation int64) rules.Baseline {
		w := rules.Baseline{}
		w.RecordPlace(company, affiliation)
		return w
	}
	kept := rules.ManualChange{Field: "company", Accelo: "5", Ninja: "6", Noted: true}
	byHand := rules.ManualChange{Field: "company", Accelo: "8", Ninja: "5"}
	contact := rules.ManualChange{Field: "contact", Accelo: "10", Ninja: "9"}
	at := func(company, affiliation int64) *rules.Asset {
		return &rules.Asset{ID: 31, CompanyID: company, Affiliation: affiliation}
	}
	for _, test := range []struct {
		name    string
		place   rules.Place
		written rules.Baseline
		asset   *rules.Asset
		known   []rules.ManualChange
		want    rules.PlaceDecision
	}{
		{"nothing changed", rules.Place{5, 9}, written(5, 9), at(5, 9), nil, rules.PlaceDecision{Baseline: written(5, 9)}},
		{"another primary contact since", rules.Place{5, 12}, written(5, 9), at(5, 9), nil, rules.PlaceDecision{Baseline: written(5, 9)}},
		{"a place that is not known", rules.Place{}, written(5, 9), at(8, 9), nil, rules.PlaceDecision{Baseline: written(5, 9)}},
		{"the device moved", rules.Place{6, 11}, written(5, 9), at(5, 9), nil, rules.PlaceDecision{Move: true, Baseline: written(5, 9)}},
		{
			"the device moved, and the API refused before",
			rules.Place{6, 11},
			written(5, 9), at(5, 9),
			[]rules.ManualChange{kept},
			rules.PlaceDecision{Baseline: written(5, 9), ManualChanges: []rules.ManualChange{{Field: "company", Accelo: "5", Ninja: "6"}}},
		},
		{
			"a person moved it along",
			rules.Place{6, 11},
			written(5, 9), at(6, 11),
			[]rules.ManualChange{kept},
			rules.PlaceDecision{BaselineChanged: true, Baseline: written(6, 11)},
		},
		{
			"a person moved it elsewhere",
			rules.Place{5, 9},
			written(5, 9), at(8, 13), nil,
			rules.PlaceDecision{Baseline: written(5, 9), ManualChanges: []rules.ManualChange{byHand}},
		},
		{
			"it is in no company",
			rules.Place{5, 9},
			written(5, 9), at(0, 0), nil,
			rules.PlaceDecision{Baseline: written(5, 9), ManualChanges: []rules.ManualChange{{Field: "company", Accelo: "", Ninja: "5"}}},
		},
		{
			"a person chose another contact",
			rules.Place{5, 9},
			written(5, 9), at(5, 10), nil,
			rules.PlaceDecision{Baseline: written(5, 9), ManualChanges: []rules.ManualChange{contact}},
		},
		{"a contact that was never seen", rules.Place{5, 9}, written(5, 0), at(5, 10), nil, rules.PlaceDecision{BaselineChanged: true, Baseline: written(5, 10)}},
		{"a link of old", rules.Place{5, 9}, rules.Baseline{}, at(5, 9), nil, rules.PlaceDecision{BaselineChanged: true, Baseline: written(5, 9)}},
		{
			"nobody looked",
			rules.Place{5, 9},
			written(5, 9), nil,
			[]rules.ManualChange{contact, {Field: "title"}},
			rules.PlaceDecision{Baseline: written(5, 9), ManualChanges: []rules.ManualChange{contact}},
		},
		{"nobody looked, and the device moved", rules.Place{6, 11}, written(5, 9), nil, nil, rules.PlaceDecision{ReadAsset: true, Baseline: written(5, 9)}},
		{
			"nobody looked, and the API refused before",
			rules.Place{6, 11},
			written(5, 9), nil,
			[]rules.ManualChange{kept},
			rules.PlaceDecision{Baseline: written(5, 9), ManualChanges: []rules.ManualChange{kept}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := rules.DecidePlace(test.place, test.written, test.asset, test.known)
			if len(got.ManualChanges) == 0 {
				got.ManualChanges = nil
			}
			require.Equal(t, test.want, got)
			if test.asset == nil || got.Move {
				return
			}
			again := rules.DecidePlace(test.place, got.Baseline, test.asset, got.ManualChanges)
			require.False(t, again.BaselineChanged || again.Move, "what was learned is learned again")
			require.Equal(t, got.ManualChanges, again.ManualChanges)
		})
	}
}

func TestWrittenPlace(t *testing.T) {
	t.Parallel()
	written := rules.Baseline{"company": {Ninja: "6", Accelo: "5"}}
	company, affiliation := written.Place()
	require.Equal(t, []int64{5, 0}, []int64{company, affiliation})
	written.RecordPlace(0, 0)
	require.Equal(t, rules.Baseline{"company": {Ninja: "6", Accelo: "5"}}, written, "a 0 tells nothing")
}
