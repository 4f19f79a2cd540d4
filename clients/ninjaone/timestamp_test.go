package ninjaone_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func TestTimestamp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, data, want string }{
		{"nine decimals", `1730332915.000000000`, "2024-10-31T00:01:55Z"},
		{"every digit counts", `1743088826.524929001`, "2025-03-27T15:20:26.524929001Z"},
		{"three decimals", `1742391675.556`, "2025-03-19T13:41:15.556Z"},
		{"more than nine decimals", `1742391675.5560000009`, "2025-03-19T13:41:15.556Z"},
		{"whole number", `1742391675`, "2025-03-19T13:41:15Z"},
		{"exponent", `1.742391675E9`, "2025-03-19T13:41:15Z"},
		{"number in a string", `"1742391675.556"`, "2025-03-19T13:41:15.556Z"},
		{"ISO with zone", `"2024-10-30T23:49:52+02:00"`, "2024-10-30T21:49:52Z"},
		{"ISO with fraction", `"2024-10-30T23:49:52.5Z"`, "2024-10-30T23:49:52.5Z"},
		{"ISO without zone", `"2024-10-30T23:49:52"`, "2024-10-30T23:49:52Z"},
		{"date", `"2024-10-30"`, "2024-10-30T00:00:00Z"},
		{"zero", `0`, ""},
		{"zero with decimals", `0.000000000`, ""},
		{"null", `null`, ""},
		{"empty string", `""`, ""},
		{"end of 9999", `253402300799.999999999`, "9999-12-31T23:59:59.999999999Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got ninjaone.Timestamp
			require.NoError(t, json.Unmarshal([]byte(test.data), &got))
			require.Equal(t, test.want, got.String())
			require.Equal(t, test.want == "", got.IsZero())
			require.Equal(t, test.want == "", got.Time().IsZero())

			written, err := json.Marshal(got)
			require.NoError(t, err)
			var again ninjaone.Timestamp
			require.NoError(t, json.Unmarshal(written, &again))
			require.Equal(t, got, again)
		})
	}
}

// Milliseconds, which other members hold, and nonsense are refused.
func TestTimestampRefuses(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`1742391675556`, `-1`, `-1.5`, `1e300`, `"NaN"`, `"Inf"`,
		`"1e999"`, `"yesterday"`, `true`, `{}`, `[1]`, `"0x10"`, `"1_000"`, `"+5"`, `"."`, `"1969-12-31"`, `"10000-01-01T00:00:00Z"`,
	} {
		var got ninjaone.Timestamp
		require.Error(t, json.Unmarshal([]byte(data), &got), data)
	}
	_, err := json.Marshal(ninjaone.Timestamp(time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)))
	require.Error(t, err)
}

// Reading never panics, stays between 1970 and 9999, and what was read can be written and read again.
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
		written, err := json.Marshal(got)
		require.NoError(t, err)
		var again ninjaone.Timestamp
		require.NoError(t, json.Unmarshal(written, &again))
		require.True(t, got.Time().Equal(again.Time()))
	})
}
