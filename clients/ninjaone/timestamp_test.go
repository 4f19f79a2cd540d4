package ninjaone_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// Every form of a time is read, and writing it loses nothing.
func TestTimestamp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, data, want string }{
		{name: "nine decimals, all zero", data: `1730332915.000000000`, want: "2024-10-31T00:01:55Z"},
		{name: "nine decimals, all significant", data: `1743088826.524929001`, want: "2025-03-27T15:20:26.524929001Z"},
		{name: "three decimals", data: `1742391675.556`, want: "2025-03-19T13:41:15.556Z"},
		{name: "more than nine decimals", data: `1742391675.5560000009`, want: "2025-03-19T13:41:15.556Z"},
		{name: "whole number", data: `1742391675`, want: "2025-03-19T13:41:15Z"},
		{name: "exponent", data: `1.742391675E9`, want: "2025-03-19T13:41:15Z"},
		{name: "number in a string", data: `"1742391675.556"`, want: "2025-03-19T13:41:15.556Z"},
		{name: "ISO with zone", data: `"2024-10-30T23:49:52+02:00"`, want: "2024-10-30T21:49:52Z"},
		{name: "ISO with fraction", data: `"2024-10-30T23:49:52.5Z"`, want: "2024-10-30T23:49:52.5Z"},
		{name: "ISO without zone", data: `"2024-10-30T23:49:52"`, want: "2024-10-30T23:49:52Z"},
		{name: "date", data: `"2024-10-30"`, want: "2024-10-30T00:00:00Z"},
		{name: "milliseconds", data: `1742391675556`, want: "2025-03-19T13:41:15.556Z"},
		{name: "zero", data: `0`, want: ""},
		{name: "zero with decimals", data: `0.000000000`, want: ""},
		{name: "null", data: `null`, want: ""},
		{name: "empty string", data: `""`, want: ""},
		{name: "end of 9999", data: `253402300799.999999999`, want: "9999-12-31T23:59:59.999999999Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got ninjaone.Timestamp
			require.NoError(t, json.Unmarshal([]byte(test.data), &got))
			require.Equal(t, test.want, got.String())
			require.Equal(t, test.want == "", got.IsZero())
			require.Equal(t, test.want == "", got.Time().IsZero())

			encoded, err := json.Marshal(got)
			require.NoError(t, err)
			var again ninjaone.Timestamp
			require.NoError(t, json.Unmarshal(encoded, &again))
			require.Equal(t, got, again)
		})
	}
}

// Anything that is not a time from 1970 to 9999 is rejected, and absent in a record.
func TestTimestampRejects(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`253402300800000`, `-1`, `-1.5`, `1e300`, `"NaN"`, `"Inf"`,
		`"1e999"`, `"yesterday"`, `true`, `{}`, `[1]`, `"0x10"`, `"1_000"`, `"+5"`, `"."`, `"1969-12-31"`, `"10000-01-01T00:00:00Z"`,
	} {
		var got ninjaone.Timestamp
		require.Error(t, json.Unmarshal([]byte(data), &got), data)
	}
	_, err := json.Marshal(ninjaone.Timestamp(time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)))
	require.Error(t, err)
}

// Decoding never panics and only accepts times from 1970 to 9999, which can be encoded and decoded again.
func FuzzTimestamp(f *testing.F) {
	for _, seed := range []string{`1730332915.000000000`, `"1742391675.556"`, `1.7E9`, `"2024-10-30T23:49:52Z"`, `null`, `-0.0`, `1e400`, `"\u0031"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got ninjaone.Timestamp
		if json.Unmarshal(data, &got) != nil || got.IsZero() {
			return
		}
		require.GreaterOrEqual(t, got.Time().Unix(), int64(0))
		require.Less(t, got.Time().Year(), 10000)
		encoded, err := json.Marshal(got)
		require.NoError(t, err)
		var again ninjaone.Timestamp
		require.NoError(t, json.Unmarshal(encoded, &again))
		require.True(t, got.Time().Equal(again.Time()))
	})
}
