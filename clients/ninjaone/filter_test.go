package ninjaone_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func TestDeviceFilter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		filter ninjaone.DeviceFilter
		want   string
	}{
		{"zero", ninjaone.DeviceFilter{}, ""},
		{"fresh", ninjaone.Devices(), ""},
		{"one organization", ninjaone.Devices().InOrganizations(1), "org = 1"},
		{"organizations", ninjaone.Devices().InOrganizations(1, 2, 3), "org in (1,2,3)"},
		{"class and offline", ninjaone.Devices().WithClasses("WINDOWS_SERVER").Offline(), "class = WINDOWS_SERVER AND offline"},
		{"status", ninjaone.Devices().WithStatus("PENDING"), "status = PENDING"},
		{"ids", ninjaone.Devices().WithIDs(5948, 7), "id in (5948,7)"},
		{"location, role, online", ninjaone.Devices().InLocations(4).WithRoles(9).Online(), "loc = 4 AND role = 9 AND online"},
		{
			"the contract's long example",
			ninjaone.Devices().InOrganizations(1).WithClasses("WINDOWS_SERVER", "WINDOWS_WORKSTATION").CreatedAfter(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)),
			"org = 1 AND class in (WINDOWS_SERVER,WINDOWS_WORKSTATION) AND created after 2024-01-01",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, test.filter.Err())
			require.Equal(t, test.want, test.filter.String())
		})
	}
}

// A refused value makes every call fail and nothing is sent: a filter left out would select everything.
func TestDeviceFilterRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		filter ninjaone.DeviceFilter
	}{
		{"no ids", ninjaone.Devices().InOrganizations()},
		{"zero id", ninjaone.Devices().WithIDs(1, 0)},
		{"negative id", ninjaone.Devices().InLocations(-1)},
		{"too many ids", ninjaone.Devices().WithIDs(upTo(501)...)},
		{"lower case", ninjaone.Devices().WithStatus("approved")},
		{"empty word", ninjaone.Devices().WithStatus("")},
		{"predicate in a word", ninjaone.Devices().WithStatus("APPROVED AND online")},
		{"list in a word", ninjaone.Devices().WithClasses("MAC", "A,B")},
		{"line break", ninjaone.Devices().WithClasses("MAC\n")},
		{"date out of range", ninjaone.Devices().CreatedAfter(time.Time{})},
		{"good after bad", ninjaone.Devices().WithIDs(0).WithIDs(1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, test.filter.Err(), ninjaone.ErrInvalid)
			require.Empty(t, test.filter.String())
			s := newServer(t, map[string]http.HandlerFunc{"/": reply(200, `[]`)})
			client := s.client(t, nil)
			for _, err := range client.DevicesDetailed(t.Context(), test.filter, 0) {
				require.ErrorIs(t, err, ninjaone.ErrInvalid)
			}
			for _, err := range client.LoggedOnUsers(t.Context(), test.filter) {
				require.ErrorIs(t, err, ninjaone.ErrInvalid)
			}
			_, err := client.Alerts(t.Context(), ninjaone.AlertFilter{Devices: test.filter})
			require.ErrorIs(t, err, ninjaone.ErrInvalid)
			require.Empty(t, s.requests(tokenPath))
		})
	}
}

// Filters made from one beginning do not change each other.
func TestDeviceFilterIsAValue(t *testing.T) {
	t.Parallel()
	base := ninjaone.Devices().InOrganizations(1).Online()
	first, second := base.WithIDs(1), base.WithIDs(2)
	require.Equal(t, "org = 1 AND online", base.String())
	require.Equal(t, "org = 1 AND online AND id = 1", first.String())
	require.Equal(t, "org = 1 AND online AND id = 2", second.String())
}

// No text gives a filter another meaning: it is refused, or the whole stays within the grammar that is built here.
func FuzzDeviceFilter(f *testing.F) {
	grammar := regexp.MustCompile(`^org in \(\d+,\d+\) AND class = [A-Z][A-Z0-9_]* AND status = [A-Z][A-Z0-9_]*$`)
	f.Add(1, "WINDOWS_SERVER", "APPROVED")
	f.Add(-1, "MAC) OR (1", "")
	f.Add(7, "A AND online", "PENDING\n")
	f.Fuzz(func(t *testing.T, id int, class, status string) {
		filter := ninjaone.Devices().InOrganizations(id, 3).WithClasses(class).WithStatus(status)
		if filter.Err() != nil {
			require.Empty(t, filter.String())
			return
		}
		require.Regexp(t, grammar, filter.String())
		require.Positive(t, id)
		require.Equal(t, 2, strings.Count(filter.String(), " AND "))
	})
}
