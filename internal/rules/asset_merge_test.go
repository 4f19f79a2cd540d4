package rules_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// assetWorld is a device, its asset with its custom fields, and what we wrote down.
type assetWorld struct {
	device    rules.Device
	asset     rules.Asset
	fields    map[string]string
	written   rules.Baseline
	ledger    ledger
	lastWrite time.Time
	now       time.Time
	names     *rapid.Generator[string]
}

// TestAssetsInAnyHistory lets NinjaOne, people and time change a device and its asset in any order, with syncs in between.
func TestAssetsInAnyHistory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := assetWorld{
			names: rapid.OneOf(rapid.SampledFrom([]string{"SRV-1", "srv-1", "SRV-2", " SRV-1 ", ""}), nastyText()),
			now:   noon(), ledger: ledger{}, fields: map[string]string{},
		}
		w.device = rules.Device{ID: 7, SystemName: w.names.Draw(t, "name"), LastContact: noon()}
		w.link(t, rapid.Bool().Draw(t, "is matched"))
		class := rapid.SampledFrom([]string{"", "MAC", "NMS_SWITCH", "ANDROID", "BRAND_NEW"})
		t.Repeat(map[string]func(*rapid.T){
			"renamed in NinjaOne": func(t *rapid.T) { w.device.SystemName = w.names.Draw(t, "name") },
			"changed in NinjaOne": func(t *rapid.T) {
				w.device.DisplayName, w.device.DNSName = w.names.Draw(t, "display name"), w.names.Draw(t, "DNS name")
				w.device.LastUser, w.device.Policy = w.names.Draw(t, "user"), w.names.Draw(t, "policy")
				w.device.NodeClass = class.Draw(t, "class")
			},
			"seen":            func(t *rapid.T) { w.device.LastContact = w.now },
			"updated":         func(t *rapid.T) { w.device.LastUpdate = w.now },
			"forgotten":       func(t *rapid.T) { w.device.LastContact = time.Time{} },
			"person renames":  func(t *rapid.T) { w.asset.Title = rules.CleanName(w.names.Draw(t, "title")) },
			"time goes by":    func(t *rapid.T) { w.now = w.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour) },
			"sync":            w.sync,
			"sync, then idle": func(t *rapid.T) { w.sync(t); w.now = w.now.Add(10 * day); w.requireIdle(t) },
		})
		w.sync(t)
	})
}

// link creates the asset with its fields, or adopts one and writes the fields to it.
func (w *assetWorld) link(t *rapid.T, matched bool) {
	w.asset = rules.Asset{ID: 31, Title: w.device.Title(), CompanyID: 5}
	var candidate *rules.Asset
	if matched {
		w.asset.Title = rules.CleanName(w.names.Draw(t, "title"))
		candidate = &w.asset
	}
	decision := rules.DecideAsset(w.device, nil, candidate, time.Time{}, w.now, day)
	require.Equal(t, matched, decision.Action == rules.Match)
	require.Equal(t, rules.Values(w.device), decision.Fields)
	w.written = rules.AssetBaseline(w.device, nil, w.asset, decision)
	w.ledger["title"] = side{w.device.Title(), w.asset.Title}
	w.apply(decision)
}

func (w *assetWorld) decide() rules.AssetDecision {
	seen := w.asset
	return rules.DecideAsset(w.device, w.written, &seen, w.lastWrite, w.now, day)
}

// sync checks one decision and carries it out.
func (w *assetWorld) sync(t *rapid.T) {
	decision := w.decide()
	require.Equal(t, decision.Title != nil || len(decision.Fields) > 0, decision.Action == rules.Update)
	w.ledger.check(t, "title", side{w.device.Title(), w.asset.Title}, decision.Title, decision.ManualChanges)
	w.checkFields(t, decision)
	before := maps.Clone(w.written)
	after := rules.AssetBaseline(w.device, w.written, decision.Asset, decision)
	require.Equal(t, before, w.written, "what was known before is left alone")
	w.written = after
	w.apply(decision)
	again := w.decide()
	require.Equal(t, rules.NoChange, again.Action, "what was written is written again: %+v", again)
	require.Equal(t, decision.ManualChanges, again.ManualChanges)
}

// checkFields demands that exactly those fields are written whose value is another in NinjaOne now; volatile ones only
// when the last write is old.
func (w *assetWorld) checkFields(t *rapid.T, decision rules.AssetDecision) {
	want := map[string]string{}
	old := w.now.Sub(w.lastWrite) > day
	for _, field := range rules.Fields() {
		value := field.Value(w.device)
		if value != w.fields[field.Name] && (old || !field.Volatile) {
			want[field.Name] = value
		}
	}
	require.Equal(t, want, decision.Fields)
}

// requireIdle demands that a device that does not change costs nothing, however long that lasts. Where volatile values
// were put off they are due by now.
func (w *assetWorld) requireIdle(t *rapid.T) {
	w.sync(t)
	w.now = w.now.Add(100 * day)
	require.Equal(t, rules.NoChange, w.decide().Action)
}

func (w *assetWorld) apply(decision rules.AssetDecision) {
	if decision.Title != nil {
		w.asset.Title = *decision.Title
	}
	for name, value := range decision.Fields {
		w.fields[name] = value
		w.written.RecordField(name, value, 0)
	}
	if decision.Action != rules.NoChange {
		w.lastWrite = w.now
	}
}

// FuzzDecideAsset feeds whatever the vendors and the store may hold: nothing panics, and what would be written is usable.
func FuzzDecideAsset(f *testing.F) {
	f.Add("SRV-1", "Server", "WINDOWS_SERVER", "srv-1", "SRV-1", int64(1_700_000_000), int64(0), true)
	f.Add("", "\x00", "", "", "\xff", int64(-1), int64(1<<62), false)
	f.Add("a\u0301", " ", "NMS_", "á", "", int64(0), int64(-1<<62), true)
	f.Fuzz(func(t *testing.T, system, display, class, assetTitle, writtenTitle string, contact, written int64, linked bool) {
		device := rules.Device{ID: 7, SystemName: system, DisplayName: display, NodeClass: class, LastContact: time.Unix(contact, 0)}
		var known rules.Baseline
		if linked {
			known = rules.Baseline{"title": {Ninja: writtenTitle, Accelo: writtenTitle}}
		}
		asset := rules.Asset{ID: 31, Title: assetTitle}
		decision := rules.DecideAsset(device, known, &asset, time.Unix(written, 0), noon(), day)
		if decision.Title != nil {
			requireName(t, *decision.Title)
			require.Equal(t, writtenTitle, assetTitle, "a person's title is overwritten")
		}
		names := map[string]bool{}
		for _, field := range rules.Fields() {
			names[field.Name] = true
		}
		for name := range decision.Fields {
			require.True(t, names[name], name)
		}
		after := rules.AssetBaseline(device, known, decision.Asset, decision)
		for name, value := range decision.Fields {
			after.RecordField(name, value, 0)
		}
		if decision.Title != nil {
			asset.Title = *decision.Title
		}
		again := rules.DecideAsset(device, after, &asset, noon(), noon(), day)
		require.Nil(t, again.Title)
		require.Empty(t, again.Fields)
	})
}
