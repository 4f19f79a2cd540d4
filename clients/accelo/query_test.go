package accelo

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Filters are written as contract accelo 4.3 has them.
func TestFilters(t *testing.T) {
	t.Parallel()
	many := make([]ID, maxIDsInFilter+1)
	tests := []struct {
		name  string
		built *filters
		want  string // "" for a fault
	}{
		{"ids", where().ids("id", 1, 2, 3), "id(1,2,3)"},
		{"words", where().words("standing", "pending", "open"), "standing(pending,open)"},
		{"object", where().object("against", "company", 39), "against(company(39))"},
		{"date", where().after("date_modified", time.Unix(1494823725, 0)), "date_modified_after(1494823725)"},
		{"keyset", where().above(45).ascending("id"), "id_greater_than(45),order_by_asc(id)"},
		{"from the beginning", where().above(0).ascending("id"), "order_by_asc(id)"},
		{"newest first", where().descending("id"), "order_by_desc(id)"},
		{"an injected word", where().words("standing", "open),id(1"), ""},
		{"an injected type", where().object("against", "company(1),job", 2), ""},
		{"upper case", where().words("standing", "Open"), ""},
		{"an empty word", where().words("standing", ""), ""},
		{"no value", where().ids("id"), ""},
		{"no object", where().object("against", "company", 0), ""},
		{"a negative id", where().ids("id", -1), ""},
		{"too many ids", where().ids("id", many...), ""},
		{"twice, of which the last would win", where().ids("type", 1).ids("type", 2), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, test.built.String())
			require.Equal(t, test.want == "", test.built.fault() != nil)
			if test.want == "" {
				require.ErrorIs(t, test.built.fault(), ErrInvalid)
			}
		})
	}
}

// A copy does not share its items with the original.
func TestFiltersCopy(t *testing.T) {
	t.Parallel()
	base := where().ids("type", 1)
	first, second := base.copy().ascending("id"), base.copy().descending("id")
	require.Equal(t, "type(1)", base.String())
	require.Equal(t, "type(1),order_by_asc(id)", first.String())
	require.Equal(t, "type(1),order_by_desc(id)", second.String())
	var none *filters
	require.Equal(t, "order_by_asc(id)", none.copy().ascending("id").String())
}

// The longest word is looked for in the form that is the same everywhere.
func TestLongestWord(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"parentheses", "Kramer (Zug), AG", "Kramer"},
		{"accents", "Café Zürich Ltd", "Ltd"},
		{"accents alone", "Cafés Zürich", "Zürich"},
		{"decomposed", "Zu\u0308rich", "Zu\u0308rich"},
		{"punctuation", "A&B", "A"},
		{"no letters", "(---)", ""},
		{"other scripts", "株式会社 日本", "株式会社"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, longestWord(test.in))
		})
	}
}

// A search fits an address however long the name is, and is never cut inside a character.
func TestSearchText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "A (B), C", searchText("  A\t(B),\nC "))
	require.Empty(t, searchText(" \n "))
	require.Equal(t, strings.Repeat("é", maxSearch/2), searchText(strings.Repeat("é", 1000)))
	long := searchText(strings.Repeat("word ", 1000))
	require.LessOrEqual(t, len(long), maxSearch)
	require.True(t, strings.HasPrefix(long, "word word"))
}

// Whatever text comes in, _filters holds only what the grammar allows, and free text stays in _search whole.
func FuzzFilters(f *testing.F) {
	f.Add("open", "company", "Kramer (Zug), AG", int64(39))
	f.Add("open),id(1", "a(b)", "&_filters=id(1)", int64(-1))
	f.Add("open\n", "", "%00", int64(0))
	grammar := regexp.MustCompile(`^[a-z_]+\([a-z_0-9,]+(\([0-9]+\))?\)(,[a-z_]+\([a-z_0-9,]+(\([0-9]+\))?\))*$`)
	f.Fuzz(func(t *testing.T, word, objType, search string, id int64) {
		built := where().words("standing", word).object("against", objType, ID(id)).ids("id", ID(id)).above(ID(id)).ascending("id")
		q := query{filters: built, search: search, limit: pageSize, fields: "title"}
		values, err := url.ParseQuery(q.encode())
		require.NoError(t, err)
		for name, given := range values {
			require.Len(t, given, 1, name)
		}
		require.Equal(t, search, values.Get("_search"))
		if built.fault() != nil {
			require.NotContains(t, values, "_filters")
			return
		}
		require.Regexp(t, grammar, values.Get("_filters"))
		require.Equal(t, fmt.Sprintf("standing(%s),against(%s(%d)),id(%d),id_greater_than(%d),order_by_asc(id)", word, objType, id, id, id), values.Get("_filters"))
		require.LessOrEqual(t, len(searchText(search)), maxSearch)
		_ = longestWord(search)
	})
}
