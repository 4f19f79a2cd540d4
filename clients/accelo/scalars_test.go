package accelo_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// An ID is read in every form, and none is 0 (accelo.md 12).
func TestID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     accelo.ID
		fails    bool
	}{
		{name: "a string", in: `"45"`, want: 45, fails: false},
		{name: "a number", in: `45`, want: 45, fails: false},
		{name: "null", in: `null`, want: 0, fails: false},
		{name: "empty", in: `""`, want: 0, fails: false},
		{name: "zero", in: `"0"`, want: 0, fails: false},
		{name: "an empty object", in: `{ }`, want: 0, fails: false},
		{name: "the largest", in: `"9223372036854775807"`, want: 9223372036854775807, fails: false},
		{name: "too large", in: `"9223372036854775808"`, want: 0, fails: true},
		{name: "negative", in: `-1`, want: 0, fails: true},
		{name: "a plus", in: `"+1"`, want: 0, fails: true},
		{name: "a fraction", in: `4.5`, want: 0, fails: true},
		{name: "a word", in: `"company"`, want: 0, fails: true},
		{name: "an object", in: `{"id":"45"}`, want: 0, fails: true},
		{name: "a list", in: `["45"]`, want: 0, fails: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			id := accelo.ID(7)
			err := json.Unmarshal([]byte(test.in), &id)
			require.Equal(t, test.fails, err != nil, "%v", err)
			if !test.fails {
				require.Equal(t, test.want, id)
			}
		})
	}
	out, err := json.Marshal(map[string]accelo.ID{"id": 45, "none": 0})
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"45","none":"0"}`, string(out))
	require.Equal(t, "45", accelo.ID(45).String())
}

// Times are Unix seconds in a string or a number, and none is the zero time.
func TestTime(t *testing.T) {
	t.Parallel()
	moment := time.Date(2017, 5, 24, 23, 42, 47, 0, time.UTC)
	tests := []struct {
		name, in string
		want     time.Time
		fails    bool
	}{
		{name: "a string", in: `"1495669367"`, want: moment, fails: false},
		{name: "a number", in: `1495669367`, want: moment, fails: false},
		{name: "null", in: `null`, want: time.Time{}, fails: false},
		{name: "zero", in: `"0"`, want: time.Time{}, fails: false},
		{name: "empty", in: `""`, want: time.Time{}, fails: false},
		{name: "before 1970", in: `"-86400"`, want: time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), fails: false},
		{name: "after 9999", in: `"253402300800"`, want: time.Time{}, fails: true},
		{name: "a date", in: `"2017-05-24"`, want: time.Time{}, fails: true},
		{name: "an object", in: `{"date":1}`, want: time.Time{}, fails: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got accelo.Time
			err := json.Unmarshal([]byte(test.in), &got)
			require.Equal(t, test.fails, err != nil, "%v", err)
			require.Equal(t, test.want, got.Time)
		})
	}
	out, err := json.Marshal([]accelo.Time{{Time: moment}, {}})
	require.NoError(t, err)
	require.JSONEq(t, `["1495669367","0"]`, string(out))
}

// Every form of a boolean is read. Anything else is an error and not false.
func TestFlag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		`"1"`: true, `1`: true, `true`: true, `"yes"`: true, `"Yes"`: true,
		`"0"`: false, `0`: false, `false`: false, `"no"`: false, `null`: false, `""`: false, `{}`: false,
	} {
		got := accelo.Flag(!want)
		require.NoError(t, json.Unmarshal([]byte(in), &got), in)
		require.Equal(t, want, bool(got), in)
	}
	for _, in := range []string{`"maybe"`, `2`, `[]`, `{"a":1}`} {
		var got accelo.Flag
		require.Error(t, json.Unmarshal([]byte(in), &got), in)
	}
	out, err := json.Marshal([]accelo.Flag{true, false})
	require.NoError(t, err)
	require.JSONEq(t, `["1","0"]`, string(out))
}

// A reference is an ID or the object itself (accelo.md 4.2).
func TestRef(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		id       accelo.ID
		company  string
		fails    bool
	}{
		{name: "a string", in: `"45"`, id: 45, company: "", fails: false},
		{name: "a number", in: `45`, id: 45, company: "", fails: false},
		{name: "none", in: `null`, id: 0, company: "", fails: false},
		{name: "an empty object", in: `{}`, id: 0, company: "", fails: false},
		{name: "an object", in: `{"name":"A Fresh New Company","id":"45","comments":""}`, id: 45, company: "A Fresh New Company", fails: false},
		{name: "a list", in: `["45"]`, id: 0, company: "", fails: true},
		{name: "an object without a readable ID", in: `{"id":"x","name":"Acme"}`, id: 0, company: "", fails: false},
		{name: "an object with a number for a text", in: `{"id":1,"name":7,"standing":[],"comments":""}`, id: 1, company: "7", fails: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var ref accelo.Ref[accelo.Company]
			err := json.Unmarshal([]byte(test.in), &ref)
			require.Equal(t, test.fails, err != nil, "%v", err)
			if test.fails {
				return
			}
			require.Equal(t, test.id, ref.ID)
			require.Equal(t, test.company != "", ref.Object != nil)
			again, err := json.Marshal(ref)
			require.NoError(t, err)
			var copied accelo.Ref[accelo.Company]
			require.NoError(t, json.Unmarshal(again, &copied))
			require.Equal(t, ref, copied)
		})
	}
}

// Decoding never panics and only accepts IDs that can be encoded and decoded again.
func FuzzID(f *testing.F) {
	for _, seed := range []string{`"45"`, `45`, `null`, `""`, `{}`, `1e3`, `"١"`, `-1`, `[`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var id accelo.ID
		if json.Unmarshal([]byte(in), &id) != nil {
			return
		}
		require.GreaterOrEqual(t, id, accelo.ID(0))
		out, err := json.Marshal(id)
		require.NoError(t, err)
		var again accelo.ID
		require.NoError(t, json.Unmarshal(out, &again))
		require.Equal(t, id, again)
	})
}

// Decoding never panics and only accepts times that can be encoded and decoded again.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{`"1495669367"`, `0`, `-62135596800`, `253402300799`, `"x"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var moment accelo.Time
		if json.Unmarshal([]byte(in), &moment) != nil {
			return
		}
		out, err := json.Marshal(moment)
		require.NoError(t, err)
		var again accelo.Time
		require.NoError(t, json.Unmarshal(out, &again))
		require.True(t, moment.Equal(again.Time))
		_, err = moment.Time.MarshalJSON()
		require.NoError(t, err, "every decoded time can be encoded by the standard library")
	})
}
