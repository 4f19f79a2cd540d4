package ninjaone_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/lenient/lenienttest"
	"ninjaone-accelo/clients/ninjaone"
	simulator "ninjaone-accelo/internal/simulator/ninjaone"
)

// records are what a call returned, by what identifies them.
type records = map[any]any

func index[T any](rows []T, id func(T) any) records {
	found := records{}
	for _, row := range rows {
		found[id(row)] = row
	}
	return found
}

// Whatever type a member of a record has, at any depth: the other records are read as before, and so is the list.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, key string
		read      func(t *testing.T, client *ninjaone.Client) records
	}{
		{path: "/v2/organizations-detailed", read: func(t *testing.T, client *ninjaone.Client) records {
			t.Helper()
			pages := client.OrganizationsDetailed(t.Context(), ninjaone.OrganizationQuery{})
			return index(allRows(t, pages), func(o ninjaone.Organization) any { return o.ID })
		}},
		{path: "/v2/devices-detailed", read: func(t *testing.T, client *ninjaone.Client) records {
			t.Helper()
			return index(allRows(t, client.DevicesDetailed(t.Context(), ninjaone.DeviceQuery{})), func(d ninjaone.Device) any { return d.ID })
		}},
		{path: "/v2/alerts", read: func(t *testing.T, client *ninjaone.Client) records {
			t.Helper()
			list, err := client.Alerts(t.Context())
			require.NoError(t, err)
			return index(list.Alerts, func(a ninjaone.Alert) any { return a.UID })
		}},
		{path: "/v2/activities", key: "activities", read: func(t *testing.T, client *ninjaone.Client) records {
			t.Helper()
			page, err := client.Activities(t.Context(), ninjaone.ActivityQuery{})
			require.NoError(t, err)
			return index(page.Activities, func(a ninjaone.Activity) any { return a.ID })
		}},
		{path: "/v2/queries/logged-on-users", key: "results", read: func(t *testing.T, client *ninjaone.Client) records {
			t.Helper()
			return index(allRows(t, client.LoggedOnUsers(t.Context(), 0)), func(u ninjaone.LoggedOnUser) any { return u.DeviceID })
		}},
		{path: "/v2/policies", read: func(t *testing.T, client *ninjaone.Client) records {
			t.Helper()
			policies, err := client.Policies(t.Context())
			require.NoError(t, err)
			return index(policies, func(p ninjaone.Policy) any { return p.ID })
		}},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			_, address := startSimulator(t, simulator.Options{Seed: 1, Organizations: 3, Devices: 6, ActiveAlerts: 4})
			transport := &lenienttest.Transport{Path: test.path}
			client := simulatorClient(t, address, func(o *ninjaone.Options) { o.Transport = transport })
			before := test.read(t, client)
			require.Greater(t, len(before), 2)
			const changed = 1
			for change, reply := range lenienttest.Replies(t, transport.Recorded, test.key, changed) {
				transport.Reply = reply
				after := test.read(t, client)
				require.LessOrEqual(t, lenienttest.Changed(before, after, reflect.DeepEqual), 1, change)
			}
		})
	}
}
