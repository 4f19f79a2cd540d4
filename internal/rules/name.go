package rules

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NameKey is what two names are compared by: Unicode NFC, white space trimmed and collapsed, case folded
// (interface section 5). Two names are the same company exactly when their keys are equal and not empty.
func NameKey(name string) string {
	folded := cases.Fold().String(norm.NFC.String(name))
	// Folding can leave a sequence that is no longer composed, so the form is restored last.
	return norm.NFC.String(CleanName(folded))
}

// CleanName trims a name and collapses every run of white space, line breaks included, to one space.
func CleanName(name string) string {
	return strings.Join(strings.Fields(name), " ")
}

// SameName tells whether two names mean the same company or asset. An empty name equals nothing.
func SameName(a, b string) bool {
	key := NameKey(a)
	return key != "" && key == NameKey(b)
}
