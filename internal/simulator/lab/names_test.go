package lab_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

// Two simulators with the same seed draw the same names, and no two names are equivalent.
func TestOrganizationNamesAreReproducibleAndDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for i := range 13000 {
		name := lab.OrganizationName(7, i)
		require.Equal(t, name, lab.OrganizationName(7, i))
		key := rules.NameKey(name)
		require.NotEmpty(t, key)
		require.True(t, norm.NFC.IsNormalString(name), "%q must be composed", name)
		previous, duplicate := seen[key]
		require.False(t, duplicate, "names %d and %d are both %q", previous, i, name)
		seen[key] = i
	}
	require.NotEqual(t, lab.OrganizationName(7, 0), lab.OrganizationName(8, 0))
}

// Even a small world contains the names that break careless code.
func TestAwkwardNamesAppearEarly(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 100 {
		names = append(names, lab.OrganizationName(1, i))
	}
	for _, want := range []string{
		"Brightwater (Holdings) Ltd", "Smith, Jones & Partners, LLC", "Café Société Générale", "<b>Bold & Sons</b>",
		"Emoji Bakery 🍞🥐", "Trailing Space Traders  ", "Double  Space   Design",
	} {
		require.Less(t, slices.Index(names, want), 40, "%q", want)
		require.Contains(t, names, want)
	}
	require.True(t, slices.ContainsFunc(names, func(n string) bool { return utf8.RuneCountInString(n) == 300 }))
}

// All variants of a name are equivalent, and some of them are decomposed.
func TestNameVariantsAreEquivalent(t *testing.T) {
	t.Parallel()
	decomposed := 0
	for i := range 500 {
		name := lab.OrganizationName(3, i)
		for variant := range 6 {
			other := lab.NameVariant(name, variant)
			require.True(t, rules.SameName(name, other), "%q and its variant %d, %q", name, variant, other)
			if !norm.NFC.IsNormalString(other) {
				decomposed++
			}
		}
		require.Equal(t, name, lab.NameVariant(name, 0))
	}
	require.Positive(t, decomposed)
}

// Host names are distinct, and user names are plain ASCII.
func TestHostAndUserNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 2000 {
		host := lab.HostName(1, "PC", i)
		require.False(t, seen[host])
		seen[host] = true
		require.Regexp(t, `^[a-z]+$`, lab.UserName(1, i))
	}
}
