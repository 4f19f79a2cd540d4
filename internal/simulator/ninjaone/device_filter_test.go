package ninjaone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The parser accepts the documented examples and every spelling of the operators (ninjaone.md 4.6).
func TestFilter(t *testing.T) {
	t.Parallel()
	device := &Device{
		ID: 5948, OrganizationID: 1, LocationID: 4, RoleID: 9, NodeClass: "WINDOWS_SERVER", ApprovalStatus: approved, Offline: true,
		Created: time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC),
	}
	pendingDevice := &Device{ID: 1, NodeClass: "MAC", ApprovalStatus: pending}
	tests := []struct {
		name, filter           string
		device, pendingMatches bool
	}{
		{"empty means approved", "", true, false},
		{"pending", "status eq PENDING", false, true},
		{"not pending", "status!=PENDING", true, false},
		{"list of organizations", "org in (1,2,3)", true, false},
		{"list without blanks", "organization in(2,3)", false, false},
		{"class and offline", "class=WINDOWS_SERVER AND offline", true, false},
		{"online", "online", false, false},
		{"id", "id=5948", true, false},
		{"id by word, lower case and", "id eq 5948 and org = 1", true, false},
		{"three predicates", "org = 1 AND class in (WINDOWS_SERVER,WINDOWS_WORKSTATION) AND created after 2024-01-01", true, false},
		{"other and", "org=1&&loc=4&&role=9", true, false},
		{"nin", "org nin (1)", false, false},
		{"notin", "location notin (5, 6)", true, false},
		{"!in", "role !in (9)", false, false},
		{"<>", "org<>1", false, false},
		{"neq", "org neq 2", true, false},
		{"created before", "created < 20240101", false, false},
		{"created on", "created = 2024-03-05", true, false},
		{"created with time", "created gt 2024-03-05T11:59:59Z", true, false},
		{"saved search", "group 7", false, false},
		{"tag", "tagId in (1,2)", false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			parsed, err := parseFilter(test.filter)
			require.NoError(t, err)
			require.Equal(t, test.device, parsed.matches(device))
			require.Equal(t, test.pendingMatches, parsed.matches(pendingDevice))
		})
	}
}

// Undocumented filters are rejected (ninjaone.md 4.6). Otherwise a client's mistake would look like an empty tenant.
func TestInvalidFilters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"systemName = x", "org", "org =", "org = x", "org in 1", "org in (1", "org in (1,)", "org in ()", "class = TOASTER", "status = LOST",
		"status in (APPROVED)", "org = 1 OR org = 2", "org = 1 AND", "AND org = 1", "(org = 1)", "created after yesterday", "group", "org = 1 online",
		"id = 99999999999", "org ~ 1", "created in (2024-01-01)", "org > 1",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := parseFilter(text)
			require.Error(t, err)
		})
	}
}

// FuzzFilter looks for filters that make the parser panic or return no predicates.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"org in (1,2,3)", "class=MAC AND offline", "status eq PENDING", "created after 2024-01-01", "((", "!in", "&&", "é="} {
		f.Add(seed)
	}
	device := &Device{ID: 1, ApprovalStatus: approved}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilter(text)
		if err == nil {
			require.NotEmpty(t, parsed)
			parsed.matches(device)
		}
	})
}
