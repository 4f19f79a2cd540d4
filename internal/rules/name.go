package rules

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NameKey is what two names are compared by: Unicode NFC, white space trimmed and collapsed, case folded
// (interface section 5). Two names are the same company exactly when their keys are equal and not empty.
func NameKey(name string) string {
	folded := cases.Fold().String(norm.NFC.String(name))
	// Folding can leave a sequence that is no longer composed, so the form is restored last.
	return norm.NFC.String(strings.Map(foldCherokee, CleanName(folded)))
}

// foldCherokee folds small Cherokee letters to the capitals, as Unicode lays down for this one script. The cases package
// also folds its capitals to the small letters, so that the two would never be equal.
func foldCherokee(r rune) rune {
	if r >= 0xab70 && r <= 0xabbf || r >= 0x13f8 && r <= 0x13fd {
		return unicode.ToUpper(r)
	}
	return r
}

// CleanName trims a name and collapses every run of white space, line breaks included, to one space. Other control
// characters, and bytes that are not UTF-8, are dropped: no vendor shows them, and PostgreSQL refuses some.
func CleanName(name string) string {
	return strings.Join(strings.Fields(CleanText(name)), " ")
}

// CleanText drops control characters other than line breaks and tabs, and bytes that are not UTF-8.
func CleanText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// SameName tells whether two names mean the same company or asset. An empty name equals nothing.
func SameName(a, b string) bool {
	key := NameKey(a)
	return key != "" && key == NameKey(b)
}
