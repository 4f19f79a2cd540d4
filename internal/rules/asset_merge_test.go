package rules_test

import (
	"cmp"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// assetModel is a device, its asset with custom fields, and the baseline between them.
type assetModel struct {
	vendor    vendor
	unread    unread
	device    rules.Device
	asset     rules.Asset
	fields    map[string]string
	baseline  rules.Baseline
	lastSync  lastSync
	lastWrite time.Time
	now       time.Time
	names     *rapid.Generator[string]
}

// Whatever changes in NinjaOne and Accelo, and in whatever order, each sync writes exactly what it should.
func TestAssetSequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := assetModel{
			vendor: drawVendor(t), unread: unread{},
			names: rapid.OneOf(rapid.SampledFrom([]string{"SRV-1", "srv-1", "SRV-2", " SRV-1 ", ""}), sentText(), nastyText()),
			now:   noon(), lastSync: lastSync{}, fields: map[string]string{},
		}
		m.device = rules.Device{ID: 7, SystemName: m.names.Draw(t, "name"), LastContact: noon()}
		m.link(t, rapid.Bool().Draw(t, "is matched"))
		class := rapid.SampledFrom([]string{"", "MAC", "NMS_SWITCH", "ANDROID", "BRAND_NEW"})
		t.Repeat(map[string]func(*rapid.T){
			"renamed in NinjaOne": func(t *rapid.T) { m.device.SystemName = m.names.Draw(t, "name") },
			"changed in NinjaOne": func(t *rapid.T) {
				m.device.DisplayName, m.device.DNSName = m.names.Draw(t, "display name"), m.names.Draw(t, "DNS name")
				m.device.LastUser, m.device.Policy = m.names.Draw(t, "user"), m.names.Draw(t, "policy")
				m.device.NodeClass = class.Draw(t, "class")
			},
			"seen":      func(t *rapid.T) { m.device.LastContact = m.now },
			"updated":   func(t *rapid.T) { m.device.LastUpdate = m.now },
			"forgotten": func(t *rapid.T) { m.device.LastContact = time.Time{} },
			"user renames": func(t *rapid.T) {
				if title := rules.CleanName(m.names.Draw(t, "title")); title != "" {
					m.asset.Title = m.vendor.showsName(title)
				}
			},
			"time passes":     func(t *rapid.T) { m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour) },
			"sync":            m.sync,
			"sync, then idle": func(t *rapid.T) { m.sync(t); m.now = m.now.Add(10 * day); m.requireNoChanges(t) },
		})
		m.sync(t)
	})
}

// link creates the asset or adopts one, and writes its fields.
func (m *assetModel) link(t *rapid.T, matched bool) {
	m.asset = rules.Asset{ID: 31, CompanyID: 5}
	var candidate *rules.Asset
	if matched {
		m.asset.Title = m.vendor.showsName(cmp.Or(rules.CleanName(m.names.Draw(t, "title")), "SRV-1"))
		candidate = &m.asset
	}
	decision := rules.DecideAsset(m.device, nil, candidate, time.Time{}, m.now, day)
	require.Equal(t, matched, decision.Action == rules.Match)
	require.Equal(t, rules.Values(m.device), decision.Fields)
	if !matched {
		title := m.device.Title()
		decision.Title = &title
	}
	m.baseline = m.apply(nil, decision)
	m.lastSync["title"] = sides{m.device.Title(), m.asset.Title}
}

func (m *assetModel) decide() rules.AssetDecision {
	seen := m.asset
	return rules.DecideAsset(m.device, m.baseline, &seen, m.lastWrite, m.now, day)
}

// sync checks one decision and applies it.
func (m *assetModel) sync(t *rapid.T) {
	m.asset.Title = m.lastSync.withoutDoubt(m.unread, "title", sides{m.device.Title(), m.asset.Title})
	decision := m.decide()
	require.Equal(t, decision.Title != nil || len(decision.Fields) > 0, decision.Action == rules.Update)
	m.lastSync.check(t, "title", sides{m.device.Title(), m.asset.Title}, decision.Title, decision.ManualChanges)
	m.checkFields(t, decision)
	m.unread.read(decision.ManualChanges)
	before := maps.Clone(m.baseline)
	after := m.apply(m.baseline, decision)
	require.Equal(t, before, m.baseline, "the old baseline is not modified")
	if m.baseline = after; decision.Title != nil {
		m.lastSync["title"] = sides{m.device.Title(), m.asset.Title}
	}
	again := m.decide()
	require.Equal(t, rules.NoChange, again.Action, "a second sync writes again: %+v", again)
	require.Equal(t, decision.ManualChanges, again.ManualChanges)
}

// checkFields checks that exactly the fields whose NinjaOne value changed are written, volatile ones only if the last write is old.
func (m *assetModel) checkFields(t *rapid.T, decision rules.AssetDecision) {
	want := map[string]string{}
	old := m.now.Sub(m.lastWrite) > day
	for _, field := range rules.Fields() {
		value := field.Value(m.device)
		if !field.Type.Same(value, m.fields[field.Name]) && (old || !field.Volatile) {
			want[field.Name] = value
		}
	}
	require.Equal(t, want, decision.Fields)
}

// requireNoChanges checks that an unchanged device causes no writes, however long it stays unchanged. It syncs first, because volatile
// values may be due.
func (m *assetModel) requireNoChanges(t *rapid.T) {
	m.sync(t)
	m.now = m.now.Add(100 * day)
	require.Equal(t, rules.NoChange, m.decide().Action)
}

// apply stores what a decision writes and returns the baseline after the replies.
func (m *assetModel) apply(before rules.Baseline, decision rules.AssetDecision) rules.Baseline {
	reply := m.asset
	if decision.Title != nil {
		m.asset.Title, m.unread["title"] = m.vendor.showsName(*decision.Title), true
		if told := m.vendor.reply(*decision.Title, m.vendor.showsName); told != nil {
			reply.Title = *told
		} else {
			reply.Missing = []string{"title"}
		}
	}
	after := rules.AssetBaseline(m.device, before, reply, decision)
	for name, value := range decision.Fields {
		m.fields[name] = value
		after.WroteField(name, value, m.vendor.shows(value), 0)
	}
	if decision.Action != rules.NoChange {
		m.lastWrite = m.now
	}
	return after
}

// Whatever the vendors and the store hold, nothing panics, and only valid values are written.
func FuzzDecideAsset(f *testing.F) {
	f.Add("SRV-1", "Server", "WINDOWS_SERVER", "srv-1", "SRV-1", int64(1_700_000_000), int64(0), true)
	f.Add("", "\x00", "", "", "\xff", int64(-1), int64(1<<62), false)
	f.Add("a\u0301", " ", "NMS_", "á", "", int64(0), int64(-1<<62), true)
	f.Fuzz(func(t *testing.T, system, display, class, assetTitle, writtenTitle string, contact, written int64, linked bool) {
		device := rules.Device{ID: 7, SystemName: system, DisplayName: display, NodeClass: class, LastContact: time.Unix(contact, 0)}
		var baseline rules.Baseline
		if linked {
			baseline = rules.Baseline{"title": {Ninja: writtenTitle, Accelo: writtenTitle}}
		}
		asset := rules.Asset{ID: 31, Title: assetTitle}
		decision := rules.DecideAsset(device, baseline, &asset, time.Unix(written, 0), noon(), day)
		if decision.Title != nil {
			requireName(t, *decision.Title)
			require.Equal(t, writtenTitle, assetTitle, "a manual change is overwritten")
		}
		names := map[string]bool{}
		for _, field := range rules.Fields() {
			names[field.Name] = true
		}
		for name := range decision.Fields {
			require.True(t, names[name], name)
		}
		after := rules.AssetBaseline(device, baseline, decision.Asset, decision)
		for name, value := range decision.Fields {
			after.WroteField(name, value, value, 0)
		}
		if decision.Title != nil {
			asset.Title = *decision.Title
		}
		again := rules.DecideAsset(device, after, &asset, noon(), noon(), day)
		require.Nil(t, again.Title)
		require.Empty(t, again.Fields)
	})
}
