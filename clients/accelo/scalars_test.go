package accelo_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// An id comes in every form of contract accelo 12, and none is 0.
func TestID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     accelo.ID
		fails    bool
	}{
		{"a string", `"45"`, 45, false},
		{"a number", `45`, 45, false},
		{"null", `null`, 0, false},
		{"empty", `""`, 0, false},
		{"zero", `"0"`, 0, false},
		{"an empty object", `{ }`, 0, false},
		{"the largest", `"9223372036854775807"`, 9223372036854775807, false},
		{"too large", `"9223372036854775808"`, 0, true},
		{"negative", `-1`, 0, true},
		{"a plus", `"+1"`, 0, true},
		{"a fraction", `4.5`, 0, true},
		{"a word", `"company"`, 0, true},
		{"an object", `{"id":"45"}`, 0, true},
		{"a list", `["45"]`, 0, true},
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

// Dates are unix seconds in strings or numbers, in UTC; none is the zero time.
func TestTime(t *testing.T) {
	t.Parallel()
	moment := time.Date(2017, 5, 24, 23, 42, 47, 0, time.UTC)
	tests := []struct {
		name, in string
		want     time.Time
		fails    bool
	}{
		{"a string", `"1495669367"`, moment, false},
		{"a number", `1495669367`, moment, false},
		{"null", `null`, time.Time{}, false},
		{"zero", `"0"`, time.Time{}, false},
		{"empty", `""`, time.Time{}, false},
		{"before 1970", `"-86400"`, time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), false},
		{"after 9999", `"253402300800"`, time.Time{}, true},
		{"a date", `"2017-05-24"`, time.Time{}, true},
		{"an object", `{"date":1}`, time.Time{}, true},
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

// Yes and no come in eight forms; anything else is an error, not a no.
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

// A link is an id or the object itself (contract accelo 4.2).
func TestRef(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		id       accelo.ID
		company  string
		fails    bool
	}{
		{"a string", `"45"`, 45, "", false},
		{"a number", `45`, 45, "", false},
		{"none", `null`, 0, "", false},
		{"an empty object", `{}`, 0, "", false},
		{"an object", `{"name":"A Fresh New Company","id":"45"}`, 45, "A Fresh New Company", false},
		{"a list", `["45"]`, 0, "", true},
		{"an object with a bad id", `{"id":"x"}`, 0, "", true},
		{"an object of another shape", `{"id":1,"name":{}}`, 0, "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var link accelo.Ref[accelo.Company]
			err := json.Unmarshal([]byte(test.in), &link)
			require.Equal(t, test.fails, err != nil, "%v", err)
			if test.fails {
				return
			}
			require.Equal(t, test.id, link.ID)
			require.Equal(t, test.company != "", link.Object != nil)
			again, err := json.Marshal(link)
			require.NoError(t, err)
			var copied accelo.Ref[accelo.Company]
			require.NoError(t, json.Unmarshal(again, &copied))
			require.Equal(t, link, copied, "it survives a round trip")
		})
	}
}

// All spellings of a type are one, and none is none (contract accelo 7.1, 12).
func TestObjectType(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"company": "company", "companies": "company", "Issue": "issue", "issues": "issue", " jobs ": "job",
		"prospect": "prospect", "activities": "activity", "Ticket": "issue", "projects": "job", "Sales": "prospect", "": "", "0": "", "null": "",
	} {
		require.Equal(t, want, accelo.ObjectType(in), in)
	}
}

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
		require.NoError(t, err, "every time that was read can be written anywhere")
	})
}
