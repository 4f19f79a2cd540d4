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

// Filters follow the documented grammar (accelo.md 4.3), and invalid ones are errors.
func TestFilters(t *testing.T) {
	t.Parallel()
	many := make([]ID, maxFilterValues+1)
	tests := []struct {
		name  string
		built *filters
		want  string // "" if it is invalid
	}{
		{name: "IDs", built: where().ids("id", 1, 2, 3), want: "id(1,2,3)"},
		{name: "words", built: where().words("standing", "pending", "open"), want: "standing(pending,open)"},
		{name: "object", built: where().object("against", "company", 39), want: "against(company(39))"},
		{name: "date", built: where().after("date_modified", time.Unix(1494823725, 0)), want: "date_modified_after(1494823725)"},
		{name: "keyset", built: where().above(45).ascending("id"), want: "id_greater_than(45),order_by_asc(id)"},
		{name: "first page", built: where().above(0).ascending("id"), want: "order_by_asc(id)"},
		{name: "newest first", built: where().descending("id"), want: "order_by_desc(id)"},
		{name: "filter injected as a word", built: where().words("standing", "open),id(1"), want: ""},
		{name: "filter injected as a type", built: where().object("against", "company(1),job", 2), want: ""},
		{name: "upper case", built: where().words("standing", "Open"), want: ""},
		{name: "empty word", built: where().words("standing", ""), want: ""},
		{name: "no value", built: where().ids("id"), want: ""},
		{name: "no object", built: where().object("against", "company", 0), want: ""},
		{name: "negative ID", built: where().ids("id", -1), want: ""},
		{name: "too many IDs", built: where().ids("id", many...), want: ""},
		{name: "used twice", built: where().ids("type", 1).ids("type", 2), want: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, test.built.String())
			require.Equal(t, test.want == "", test.built.check() != nil)
			if test.want == "" {
				require.ErrorIs(t, test.built.check(), ErrInvalid)
			}
		})
	}
}

// Extending a copy does not change the original.
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

// The longest word is an ASCII word if there is one, because it has only one Unicode form.
func TestLongestWord(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{name: "parentheses", in: "Kramer (Zug), AG", want: "Kramer"},
		{name: "accents", in: "Café Zürich Ltd", want: "Ltd"},
		{name: "only accents", in: "Cafés Zürich", want: "Zürich"},
		{name: "decomposed", in: "Zu\u0308rich", want: "Zu\u0308rich"},
		{name: "punctuation", in: "A&B", want: "A"},
		{name: "no letters", in: "(---)", want: ""},
		{name: "other scripts", in: "株式会社 日本", want: "株式会社"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, longestWord(test.in))
		})
	}
}

// A search is limited however long the name is, and never cut inside a character.
func TestSearchText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "A (B), C", searchText("  A\t(B),\nC "))
	require.Empty(t, searchText(" \n "))
	require.Equal(t, strings.Repeat("é", maxSearch/2), searchText(strings.Repeat("é", 1000)))
	long := searchText(strings.Repeat("word ", 1000))
	require.LessOrEqual(t, len(long), maxSearch)
	require.True(t, strings.HasPrefix(long, "word word"))
}

// No input produces filters outside the grammar, and free text only appears in _search, unchanged.
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
		for name, value := range values {
			require.Len(t, value, 1, name)
		}
		require.Equal(t, search, values.Get("_search"))
		if built.check() != nil {
			require.NotContains(t, values, "_filters")
			return
		}
		require.Regexp(t, grammar, values.Get("_filters"))
		require.Equal(t, fmt.Sprintf("standing(%s),against(%s(%d)),id(%d),id_greater_than(%d),order_by_asc(id)", word, objType, id, id, id), values.Get("_filters"))
		require.LessOrEqual(t, len(searchText(search)), maxSearch)
		_ = longestWord(search)
	})
}
