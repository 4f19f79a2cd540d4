package lenient_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/lenient"
)

// picky refuses everything but the text "fine".
type picky string

func (p *picky) UnmarshalJSON(data []byte) error {
	if string(data) != `"fine"` {
		return errors.New("not fine")
	}
	*p = "fine"
	return nil
}

type base struct {
	Base string `json:"base"`
}

type record struct {
	base
	ID      int                 `json:"id"`
	Name    string              `json:"name"`
	Enabled bool                `json:"enabled"`
	Share   float64             `json:"share"`
	Picky   picky               `json:"picky"`
	Parent  *record             `json:"parent"`
	Tags    []string            `json:"tags"`
	Kinds   map[string][]string `json:"kinds"`
	Raw     json.RawMessage     `json:"raw"`
	ignored string
}

// Members of a wrong type are converted where nothing is lost, and absent otherwise; their neighbours are not affected.
func TestMembers(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]record{
		`{"id": "7", "name": 12.50, "enabled": "True", "share": "0.5"}`:                           {ID: 7, Name: "12.50", Enabled: true, Share: 0.5},
		`{"id": 7.0, "name": true, "enabled": 1, "picky": "fine"}`:                                {ID: 7, Name: "true", Enabled: true, Picky: "fine"},
		`{"id": [7], "name": {"x": 1}, "enabled": "perhaps", "base": "b"}`:                        {base: base{Base: "b"}},
		`{"id": 1e400, "name": "a", "picky": 5}`:                                                  {Name: "a"},
		`{"id": 7.5, "name": "a", "share": []}`:                                                   {Name: "a"},
		`{"ID": "7", "Name": "a"}`:                                                                {ID: 7, Name: "a"},
		`{"id": "7", "parent": 3, "tags": {}, "kinds": []}`:                                       {ID: 7},
		`{"id": "7", "parent": {"id": "8", "name": 9}, "tags": ["a", 1, {}]}`:                     {ID: 7, Parent: &record{ID: 8, Name: "9"}, Tags: []string{"a", "1", ""}},
		`{"id": "7", "kinds": {"a": ["b", 2], "c": 1}, "raw": {"x": [1]}}`:                        {ID: 7, Kinds: map[string][]string{"a": {"b", "2"}, "c": nil}, Raw: json.RawMessage(`{"x": [1]}`)},
		`{"id": null, "name": null, "enabled": null, "tags": null, "picky": null, "share": null}`: {},
	} {
		got := record{ID: 99, ignored: "before"}
		require.NoError(t, lenient.Unmarshal([]byte(data), &got), data)
		require.Equal(t, want, got, data)
	}
}

// An element that is no record stays as a zero one, and an empty list has three forms.
func TestLists(t *testing.T) {
	t.Parallel()
	for data, want := range map[string][]record{
		`[{"id": 1}, "x", {"id": "2"}, null, 5]`: {{ID: 1}, {}, {ID: 2}, {}, {}},
		`[]`:                                     {},
		`null`:                                   nil,
		` { } `:                                  nil,
	} {
		var got []record
		require.NoError(t, lenient.Unmarshal([]byte(data), &got), data)
		require.Equal(t, want, got, data)
	}
}

// What is not JSON, or is about something else, is an error.
func TestRefused(t *testing.T) {
	t.Parallel()
	var list []record
	var one record
	for _, data := range []string{``, ` `, `<html>`, `[1`, `[] x`} {
		require.Error(t, lenient.Unmarshal([]byte(data), &list), data)
		require.Error(t, lenient.Unmarshal([]byte(data), &one), data)
	}
	for _, data := range []string{`{"error": "x"}`, `5`, `"x"`, `true`} {
		require.ErrorIs(t, lenient.Unmarshal([]byte(data), &list), lenient.ErrShape, data)
	}
	for _, data := range []string{`[]`, `null`, `5`, `"x"`} {
		require.ErrorIs(t, lenient.Unmarshal([]byte(data), &one), lenient.ErrShape, data)
	}
}

// Any JSON is read without a panic, and what encoding/json reads without an error is read the same.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`[{"id": 1, "parent": {"id": "2"}}]`, `{}`, `null`, `[{"kinds": {"": [1]}}]`, `[{"name":"\ud800"}]`, `{"x":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want []record
		err := lenient.Unmarshal(data, &got)
		require.Equal(t, json.Valid(data) && !errors.Is(err, lenient.ErrShape), err == nil)
		if json.Unmarshal(data, &want) == nil {
			require.Equal(t, want, got)
		}
	})
}
