package rules_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

func TestSameName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		a, b string
		same bool
	}{
		{"equal", "Acme", "Acme", true},
		{"different letter", "Acme", "Acne", false},
		{"different accent", "Cafe", "Café", false},
		{"composed and decomposed", "Caf\u00e9 M\u00fcller", "Cafe\u0301 Mu\u0308ller", true},
		{"case", "ACME gmbh", "acme GmbH", true},
		{"case beyond ASCII", "ÖBB ΑΘΗΝΑ Москва", "öbb αθηνα МОСКВА", true},
		{"sharp s folds to ss", "Straße AG", "STRASSE ag", true},
		{"final sigma", "ΟΔΟΣ", "οδος", true},
		{"Cherokee, whose capitals are the later letters", "ᏣᎳᎩ", "ꮳꮃꭹ", true},
		{"full case folding after composing", "ᾳ", "ΑΙ", true},
		{"outer white space", "\t Acme \r\n", "Acme", true},
		{"inner white space", "Acme  \t\n Ltd", "Acme Ltd", true},
		{"white space of other scripts", "Acme\u00a0Ltd\u3000Tokyo", "acme ltd tokyo", true},
		{"missing white space", "AcmeLtd", "Acme Ltd", false},
		{"control characters are ignored", "Ac\x00me\x1b", "Acme", true},
		{"invalid UTF-8 is ignored", "Acme\xff", "Acme", true},
		{"different punctuation", "Acme (UK), Ltd.", "Acme UK Ltd", false},
		{"markup is plain text", "<b>Acme</b> & Co", "<B>ACME</B> & CO", true},
		{"emoji", "🚀 Acme", "🚀 acme", true},
		{"entities", "O&#39;Neil &amp; S&ouml;hne", "o'neil & söhne", true},
		{"hexadecimal entities", "O&#x27;Neil", "O'Neil", true},
		{"entities of entities", "AT&amp;amp;T", "AT&T", true},
		{"plain ampersands", "B&GT Holdings", "B>Holdings", false},
		{"unknown entities", "&notit; Ltd", "¬it; Ltd", false},
		{"an encoded name of 300 characters", strings.Repeat("&amp;", 300), strings.Repeat("&", 255), true},
		{"empty", "", "", false},
		{"only white space", " \t", "\u00a0", false},
		{"only control characters", "\x00\x01", "\x00", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.same, rules.SameName(test.a, test.b))
			require.Equal(t, test.same, rules.SameName(test.b, test.a))
		})
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Acme Ltd", rules.CleanName(" Acme\r\n\tLtd\x07\xc3 "))
	require.Empty(t, rules.CleanName("\x00 \xff\n"))
}

// Line breaks and tabs are kept.
func TestCleanText(t *testing.T) {
	t.Parallel()
	require.Equal(t, " one\r\n\ttwo ", rules.CleanText(" one\r\n\t\x00two\xff\x7f "))
}

// A key is its own key, so that a stored key can be compared again.
func TestNameKeyIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rules.NameKey(nastyText().Draw(t, "name"))
		require.Equal(t, key, rules.NameKey(key))
	})
}

// Letters of every script equal their other cases.
func TestNameKeyFoldsEveryLetter(t *testing.T) {
	t.Parallel()
	for letter := rune(0); letter <= unicode.MaxRune; letter++ {
		other := unicode.SimpleFold(letter)
		if other == letter {
			continue
		}
		key := rules.NameKey("a" + string(letter))
		require.Equal(t, key, rules.NameKey("a"+string(other)), "%U and %U", letter, other)
		require.Equal(t, key, rules.NameKey(key), "%U", letter)
	}
}

// Composition, spacing and case do not change a name's key.
func TestNameKeyIsInvariant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom(letters()), 1, 8, -1), 1, 4).Draw(t, "words")
		name := strings.Join(words, " ")
		want := rules.NameKey(name)
		gap := rapid.StringOfN(rapid.RuneFrom([]rune(" \t\r\n\u00a0\u2003\u3000\u0085")), 1, 4, -1)
		spaced := gap.Draw(t, "before") + strings.Join(words, gap.Draw(t, "between")) + gap.Draw(t, "after")
		for variant, text := range map[string]string{
			"composed": norm.NFC.String(name), "decomposed": norm.NFD.String(name), "spaced": spaced,
			"decomposed and spaced": norm.NFD.String(spaced), "folded once": strings.ToLower(strings.ToUpper(name)),
			"upper case": strings.ToUpper(name),
		} {
			require.Equal(t, want, rules.NameKey(text), "%s: %q", variant, text)
		}
	})
}

func FuzzNameKey(f *testing.F) {
	for _, seed := range []string{"&am\x00p;lt;", "&EACUTE;", "&amp;#38;amp;", "&#0;", "&#x110000;", strings.Repeat("ß", 300), "", " ", "Acme", "Straße", "ᾳ\u0308", "e\x00\u0301", "\xff", "İ", "ŉ", "ſ\u0323\u0307", "\u1e9e", "ΐ", "\u0345\u0301a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		key := rules.NameKey(name)
		requireClean(t, key)
		require.Equal(t, key, rules.NameKey(key), "idempotent")
		require.True(t, norm.NFC.IsNormalString(key))
		require.Equal(t, key, rules.NameKey(norm.NFC.String(name)))
		require.Equal(t, key, rules.NameKey(" \n"+name+"\t"))
		if utf8.ValidString(name) {
			require.Equal(t, key, rules.NameKey(norm.NFD.String(name)))
		}
		require.Equal(t, key != "", rules.SameName(name, name))
	})
}

// requireClean checks that every vendor and PostgreSQL accept a name.
func requireClean(t require.TestingT, name string) {
	require.True(t, utf8.ValidString(name), "%q is not valid UTF-8", name)
	require.Equal(t, -1, strings.IndexFunc(name, unicode.IsControl), "%q has control characters", name)
	require.Equal(t, strings.Join(strings.Fields(name), " "), name, "%q has stray white space", name)
}

// letters returns letters that survive a round trip through upper case, some with accents.
func letters() []rune {
	return []rune("abcxyzABCXYZäöüÄÖÜéèÉÈñÑçÇåÅøØšŠžŽőŐабвАБВяЯαβγΑΒΓ0123456789日本語🚀&<>()',.-")
}

// nastyText generates hostile text: arbitrary bytes, control characters, any script.
func nastyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("aAéE\u0301\u0308\u0345ßſİιΣς \t\n\x00\x1b\u00a0\u200b\u2028"))),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Just(""), rapid.Just(" \t "), rapid.Just("\x00"),
		rapid.Map(rapid.IntRange(250, 300), func(n int) string { return strings.Repeat("é ", n) }),
	)
}
