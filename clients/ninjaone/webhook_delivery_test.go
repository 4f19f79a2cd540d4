package ninjaone_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// The documented delivery is read with its expanded device (ninjaone.md 7.2).
func TestParseActivities(t *testing.T) {
	t.Parallel()
	got, err := ninjaone.ParseActivities([]byte(testdata(t, "delivery_triggered.json")))
	require.NoError(t, err)
	require.Len(t, got, 1)
	activity := got[0]
	require.Equal(t, &ninjaone.References{Organization: &ninjaone.Organization{ID: 2, Name: "Example Org"}}, activity.Device.References)
	require.Equal(t, 2, activity.Device.OrganizationID)
	require.Equal(t, timestamp(t, "2025-03-12T15:33:58.531Z"), activity.Device.LastContact)
	activity.Device = nil
	require.Equal(t, ninjaone.Activity{
		ID: 177210, ActivityTime: timestamp(t, "2025-03-19T13:41:15.556Z"), DeviceID: 7, SeriesUID: "e6b0b0bd-5753-445d-9e4a-71c08983cbd5",
		ActivityType: "CONDITION", StatusCode: "TRIGGERED", SourceConfigUID: "205b85b2-8a12-4123-834f-164be08b3314",
		Message: "Memory Utilization is greater than or equal to 80% for 5 minutes",
	}, activity)
}

// Deliveries in any known format are accepted. An activity that can't be told from any other is left out, and rejected if it is the only one.
func TestParseActivitiesFormats(t *testing.T) {
	t.Parallel()
	reset := testdata(t, "delivery_reset.json")
	for _, test := range []struct {
		name, data string
		want       int // number of activities, 0 for an error
	}{
		{name: "one activity", data: reset, want: 1},
		{name: "wrapped activity", data: `{"activity":` + reset + `}`, want: 1},
		{name: "wrapped list", data: `{"activities":[` + reset + `,` + reset + `]}`, want: 2},
		{name: "array", data: ` [` + reset + `]`, want: 1},
		{name: "no device", data: `{"id":1,"activityType":"SYSTEM","statusCode":"NODE_DELETED","deviceId":7}`, want: 1},
		{name: "unknown enumeration values", data: `{"id":1,"activityType":"DREAM","statusCode":"VIVID","severity":"ABSURD"}`, want: 1},
		{
			name: "fields of the wrong type",
			data: `{"id":1,"activityType":"SYSTEM","deviceId":"7","severity":5,"message":{"a":1},"device":{"id":[]},"statusCode":"X"}`,
			want: 1,
		},
		{name: "empty", data: ``},
		{name: "null", data: `null`},
		{name: "text", data: `hello`},
		{name: "string", data: `"hello"`},
		{name: "empty object", data: `{}`},
		{name: "empty list", data: `[]`},
		{name: "empty wrapped list", data: `{"activities":[]}`},
		{name: "wrapped null", data: `{"activity":null}`},
		{name: "one invalid activity in a list", data: `[` + reset + `,{}]`, want: 1},
		{name: "no ID", data: `{"activityType":"CONDITION"}`},
		{name: "negative ID", data: `{"id":-1,"activityType":"CONDITION"}`},
		{name: "ID as a string", data: `{"id":"1","activityType":"CONDITION"}`, want: 1},
		{name: "no type", data: `{"id":1}`},
		{name: "invalid time", data: `{"id":1,"activityType":"CONDITION","activityTime":"yesterday"}`, want: 1},
		{name: "trailing data", data: reset + `x`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ninjaone.ParseActivities([]byte(test.data))
			require.Len(t, got, test.want)
			if test.want == 0 {
				require.ErrorIs(t, err, ninjaone.ErrInvalid)
				return
			}
			require.NoError(t, err)
		})
	}
}

// Parsing never panics and never accepts an activity without an ID and a type. What it accepts can be encoded and parsed
// again.
func FuzzParseActivities(f *testing.F) {
	f.Add([]byte(testdata(f, "delivery_triggered.json")))
	f.Add([]byte(testdata(f, "delivery_reset.json")))
	f.Add([]byte(`{"activities":[{"id":1,"activityType":"A","activityTime":"1742391675.556"}]}`))
	f.Add([]byte(`{"activity":{"id":1,"activityType":"A","device":{"id":2,"lastContact":1e9}}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		activities, err := ninjaone.ParseActivities(data)
		if err != nil {
			require.ErrorIs(t, err, ninjaone.ErrInvalid)
			require.Empty(t, activities)
			return
		}
		require.NotEmpty(t, activities)
		for _, activity := range activities {
			require.Positive(t, activity.ID)
			require.NotEmpty(t, activity.ActivityType)
			encoded, err := json.Marshal(activity)
			require.NoError(t, err)
			again, err := ninjaone.ParseActivities(encoded)
			require.NoError(t, err)
			require.Equal(t, activity.ActivityTime, again[0].ActivityTime)
			require.Equal(t, activity.SeriesUID, again[0].SeriesUID)
		}
	})
}
