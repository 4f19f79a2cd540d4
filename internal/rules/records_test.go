package rules_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

func TestCompanyName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, organization, want string
	}{
		{"unchanged", "Acme (UK), Ltd. & Sons", "Acme (UK), Ltd. & Sons"},
		{"stray white space", "  Acme \r\n Ltd\t", "Acme Ltd"},
		{"control characters", "Ac\x00me\x1b", "Acme"},
		{"empty", "", "Organization 7"},
		{"only white space", " \u00a0\t", "Organization 7"},
		{"nothing printable", "\x00\xff", "Organization 7"},
		{"300 characters", strings.Repeat("é", 300), strings.Repeat("é", 255)},
		{"cut at a space", strings.Repeat("a", 254) + " b", strings.Repeat("a", 254)},
		{"255 characters", strings.Repeat("日", 255), strings.Repeat("日", 255)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, rules.Organization{ID: 7, Name: test.organization}.CompanyName())
		})
	}
}

// The title is the first name that is not blank (interface.md 5).
func TestTitle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		device rules.Device
		want   string
	}{
		{"system name", rules.Device{ID: 7, SystemName: "SRV-1", DisplayName: "Server", DNSName: "srv-1.local"}, "SRV-1"},
		{"display name", rules.Device{ID: 7, DisplayName: " Server ", DNSName: "srv-1.local"}, "Server"},
		{"display name if the system name is blank", rules.Device{ID: 7, SystemName: "\t\x00", DisplayName: "Server"}, "Server"},
		{"DNS name", rules.Device{ID: 7, DNSName: "srv-1.local"}, "srv-1.local"},
		{"no name", rules.Device{ID: 7}, "Device 7"},
		{"long", rules.Device{ID: 7, SystemName: strings.Repeat("x", 256)}, strings.Repeat("x", 255)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, test.device.Title())
		})
	}
}

// Whatever NinjaOne sends, the name is valid for Accelo, and cleaning it again does not change it.
func TestNamesAreAlwaysUsable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		organization := rules.Organization{ID: int(rapid.Int32().Draw(t, "id")), Name: nastyText().Draw(t, "name")}
		requireName(t, organization.CompanyName())
		device := rules.Device{
			ID: organization.ID, SystemName: nastyText().Draw(t, "system"), DisplayName: nastyText().Draw(t, "display"),
			DNSName: nastyText().Draw(t, "dns"),
		}
		requireName(t, device.Title())
		again := rules.Organization{ID: organization.ID, Name: organization.CompanyName()}
		require.Equal(t, organization.CompanyName(), again.CompanyName())
	})
}

func requireName(t require.TestingT, name string) {
	require.NotEmpty(t, name)
	require.LessOrEqual(t, utf8.RuneCountInString(name), rules.MaxName)
	requireClean(t, name)
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	require.Equal(t, "abc", rules.Truncate("abc", 3))
	require.Equal(t, "ab", rules.Truncate("abc", 2))
	require.Equal(t, "日本", rules.Truncate("日本語", 2))
	require.Equal(t, "a", rules.Truncate("a  b", 3))
	require.Empty(t, rules.Truncate("abc", 0))
}

func FuzzTruncate(f *testing.F) {
	f.Add("", uint8(0))
	f.Add("日本語 \u0301", uint8(2))
	f.Add("a\xff\xfe b", uint8(3))
	f.Add(strings.Repeat(" ", 10), uint8(5))
	f.Fuzz(func(t *testing.T, text string, limit uint8) {
		cut := rules.Truncate(text, int(limit))
		require.LessOrEqual(t, utf8.RuneCountInString(cut), int(limit))
		if utf8.RuneCountInString(text) <= int(limit) {
			require.Equal(t, text, cut)
			return
		}
		require.True(t, utf8.ValidString(cut))
		require.Equal(t, strings.TrimSpace(cut), cut)
		require.Equal(t, cut, rules.Truncate(cut, int(limit)))
		if utf8.ValidString(text) {
			require.Contains(t, text, cut)
		}
	})
}

func TestTeamViewerCovers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		teamViewer rules.TeamViewer
		class      string
		covered    bool
	}{
		{"off", rules.TeamViewer{}, "MAC", false},
		{"off despite targets", rules.TeamViewer{Targets: []string{"MAC"}}, "MAC", false},
		{"on for everything", rules.TeamViewer{Enabled: true}, "MAC", true},
		{"on for this class", rules.TeamViewer{Enabled: true, Targets: []string{"WINDOWS_SERVER", "MAC"}}, "MAC", true},
		{"on for another class", rules.TeamViewer{Enabled: true, Targets: []string{"MAC_SERVER"}}, "MAC", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.covered, test.teamViewer.Covers(test.class))
		})
	}
}

// Records survive the store's JSON unchanged.
func TestRecordsJSONRoundTrip(t *testing.T) {
	t.Parallel()
	device := rules.Device{
		ID: 1, OrganizationID: 2, NodeClass: "MAC", SystemName: "a", DisplayName: "b", DNSName: "c", LastUser: `D\u`, Policy: "p",
		Serial: "s", PageURL: "https://x/#/1", RemoteControl: "https://y", LastContact: time.Unix(1_700_000_000, 5).UTC(),
		LastUpdate: time.Unix(1_700_000_001, 0).UTC(),
	}
	organization := rules.Organization{ID: 1, Name: "n", Description: "d", TeamViewer: rules.TeamViewer{Enabled: true, Targets: []string{"MAC"}}}
	company := rules.Company{ID: 1, Name: "n", Comments: "c", Standing: "active", PrimaryAffiliation: 3}
	asset := rules.Asset{ID: 1, Title: "t", CompanyID: 2, Affiliation: 3, Standing: "active"}
	requireRoundTrip(t, device)
	requireRoundTrip(t, rules.Device{})
	requireRoundTrip(t, organization)
	requireRoundTrip(t, rules.Organization{})
	requireRoundTrip(t, company)
	requireRoundTrip(t, asset)
}

func requireRoundTrip[T any](t *testing.T, record T) {
	t.Helper()
	encoded, err := json.Marshal(record)
	require.NoError(t, err)
	var decoded T
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	require.Equal(t, record, decoded)
}

// Completing a device takes every unknown field from its baseline, so that nothing of it changes.
func TestDeviceCompleted(t *testing.T) {
	t.Parallel()
	known := rules.Device{
		ID: 7, NodeClass: "MAC", SystemName: "SRV", DisplayName: "d", DNSName: "n", LastUser: "u", Policy: "p", PageURL: "https://x/#/1",
		RemoteControl: "https://y", LastContact: time.Unix(1_700_000_000, 0).UTC(), LastUpdate: time.Unix(1_700_000_060, 0).UTC(),
	}
	baseline := rules.AssetBaseline(known, nil, rules.Asset{ID: 31, Title: "SRV"}, rules.AssetDecision{Action: rules.Create})
	for name, value := range rules.Values(known) {
		baseline.WroteField(name, value, value, 0)
	}
	unknown := rules.Device{ID: 7, PageURL: "https://x/#/1", Unknown: []string{
		"title", "display_name", "dns_name", "last_logged_in_user", "last_online", "last_update", "role", "sub_type", "Ninja Device Remote Control",
	}}
	require.Equal(t, known, unknown.Completed(baseline))
	decision := rules.DecideAsset(unknown, baseline, &rules.Asset{ID: 31, Title: "SRV"}, time.Time{}, time.Now(), 0)
	require.Equal(t, rules.NoChange, decision.Action)
	require.Empty(t, decision.ManualChanges)
	require.Equal(t, rules.Device{ID: 8}, rules.Device{ID: 8, Unknown: []string{"title", "last_online"}}.Completed(nil))
}

func TestOrganizationCompleted(t *testing.T) {
	t.Parallel()
	baseline := rules.Baseline{"name": {Ninja: "Acme", Accelo: "Acme"}, "comments": {Ninja: "old", Accelo: "old"}}
	unknown := rules.Organization{ID: 7, Unknown: []string{"name", "comments"}}
	require.Equal(t, rules.Organization{ID: 7, Name: "Acme", Description: "old"}, unknown.Completed(baseline))
	decision := rules.DecideCompany(unknown, baseline, []rules.Company{{ID: 3, Name: "Acme", Comments: "old"}})
	require.Equal(t, rules.NoChange, decision.Action)
}
