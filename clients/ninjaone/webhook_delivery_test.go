package ninjaone_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// The recorded delivery of contract ninjaone 7.2, with its expanded device.
func TestParseTriggered(t *testing.T) {
	t.Parallel()
	got, err := ninjaone.ParseActivities([]byte(fixture(t, "delivery_triggered.json")))
	require.NoError(t, err)
	require.Len(t, got, 1)
	activity := got[0]
	require.Equal(t, &ninjaone.References{
		Organization: &ninjaone.Organization{ID: 2, Name: "Example Org", NodeApprovalMode: "AUTOMATIC"},
		Location:     &ninjaone.Location{ID: 2, Name: "Main Office"},
	}, activity.Device.References)
	require.Equal(t, 2, activity.Device.OrganizationID)
	require.Equal(t, stamp(t, "2025-03-12T15:33:58.531Z"), activity.Device.LastContact)
	require.Contains(t, string(activity.Data), "1742391675556")
	activity.Device, activity.Data = nil, nil
	require.Equal(t, ninjaone.Activity{
		ID: 177210, ActivityTime: stamp(t, "2025-03-19T13:41:15.556Z"), DeviceID: 7, SeriesUID: "e6b0b0bd-5753-445d-9e4a-71c08983cbd5",
		ActivityType: "CONDITION", StatusCode: "TRIGGERED", Status: "Triggered", SourceConfigUID: "205b85b2-8a12-4123-834f-164be08b3314",
		SourceName: "_average_", Message: "Memory Utilization is greater than or equal to 80% for 5 minutes", Type: "Condition",
	}, activity)
}

func TestParseActivityShapes(t *testing.T) {
	t.Parallel()
	reset := fixture(t, "delivery_reset.json")
	for _, test := range []struct {
		name, data string
		want       int
	}{
		{"plain", reset, 1},
		{"wrapped", `{"activity":` + reset + `}`, 1},
		{"wrapped list", `{"activities":[` + reset + `,` + reset + `]}`, 2},
		{"array", ` [` + reset + `]`, 1},
		{"without a device", `{"id":1,"activityType":"SYSTEM","statusCode":"NODE_DELETED","deviceId":7}`, 1},
		{"new words", `{"id":1,"activityType":"DREAM","statusCode":"VIVID","severity":"ABSURD"}`, 1},
		{"empty", ``, 0},
		{"null", `null`, 0},
		{"text", `hello`, 0},
		{"string", `"hello"`, 0},
		{"empty object", `{}`, 0},
		{"empty list", `[]`, 0},
		{"empty wrapped list", `{"activities":[]}`, 0},
		{"null in a wrapper", `{"activity":null}`, 0},
		{"one bad among good", `[` + reset + `,{}]`, 0},
		{"no id", `{"activityType":"CONDITION"}`, 0},
		{"negative id", `{"id":-1,"activityType":"CONDITION"}`, 0},
		{"no type", `{"id":1}`, 0},
		{"members of other types", `{"id":1,"activityType":"SYSTEM","deviceId":"7","severity":5,"message":{"a":1},"device":{"id":[]},"statusCode":"X"}`, 1},
		{"id as text", `{"id":"1","activityType":"CONDITION"}`, 0},
		{"bad time", `{"id":1,"activityType":"CONDITION","activityTime":"yesterday"}`, 0},
		{"trailing data", reset + `x`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ninjaone.ParseActivities([]byte(test.data))
			require.Len(t, got, test.want)
			if test.want == 0 {
				require.ErrorIs(t, err, ninjaone.ErrNotActivity)
				return
			}
			require.NoError(t, err)
		})
	}
}

// Whatever arrives, parsing neither panics nor accepts an activity without an identity, and what it accepts survives
// being written and read again.
func FuzzParseActivity(f *testing.F) {
	f.Add([]byte(fixture(f, "delivery_triggered.json")))
	f.Add([]byte(fixture(f, "delivery_reset.json")))
	f.Add([]byte(`{"activities":[{"id":1,"activityType":"A","activityTime":"1742391675.556"}]}`))
	f.Add([]byte(`{"activity":{"id":1,"activityType":"A","device":{"id":2,"created":1e9}}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		activities, err := ninjaone.ParseActivities(data)
		if err != nil {
			require.ErrorIs(t, err, ninjaone.ErrNotActivity)
			require.Empty(t, activities)
			return
		}
		require.NotEmpty(t, activities)
		for _, activity := range activities {
			require.Positive(t, activity.ID)
			require.NotEmpty(t, activity.ActivityType)
			written, err := json.Marshal(activity)
			require.NoError(t, err)
			again, err := ninjaone.ParseActivities(written)
			require.NoError(t, err)
			require.Equal(t, activity.ActivityTime, again[0].ActivityTime)
			require.Equal(t, activity.SeriesUID, again[0].SeriesUID)
		}
	})
}
