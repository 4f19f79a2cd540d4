package rules

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NameKey returns the only form in which names are compared: Unicode NFC, white space trimmed and collapsed, case folded (interface.md 5),
// HTML entities decoded, since Accelo may return them, and at most MaxName characters, since names are never written longer. Two names mean
// the same company exactly if their keys are equal and not empty.
func NameKey(name string) string {
	for {
		key := foldName(Truncate(CleanName(decodeEntities(name)), MaxName))
		if key == name { // folding can lengthen a name, and cleaning can complete an entity
			return key
		}
		name = key
	}
}

// foldName folds the case of a clean name.
func foldName(name string) string {
	folded := cases.Fold().String(norm.NFC.String(name))
	// Folding can decompose a sequence, so NFC is applied again.
	return norm.NFC.String(strings.Map(foldCherokee, CleanName(folded)))
}

// foldCherokee folds small Cherokee letters to capitals, as Unicode specifies. The cases package also folds the capitals to small letters,
// so the two would never be equal.
func foldCherokee(r rune) rune {
	if r >= 0xab70 && r <= 0xabbf || r >= 0x13f8 && r <= 0x13fd {
		return unicode.ToUpper(r)
	}
	return r
}

// CleanName trims a name and collapses each run of white space, including line breaks, to one space. It drops other control characters and
// invalid UTF-8: no vendor shows them, and PostgreSQL rejects some.
func CleanName(name string) string {
	return strings.Join(strings.Fields(CleanText(name)), " ")
}

// CleanText drops invalid UTF-8 and control characters other than line breaks and tabs.
func CleanText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// SameName reports whether two names mean the same company or asset. An empty name matches nothing.
func SameName(a, b string) bool {
	key := NameKey(a)
	return key != "" && key == NameKey(b)
}
