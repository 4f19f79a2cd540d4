package rules

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NameMayBecome reports whether a system that doesn't keep tags, or every character, or more than a hundred of them, may have stored a name
// like that. It is stricter than FieldType.MayBecome, because a wrong answer would give one customer's alerts to another.
// A caller must also make sure that no other organization has the stored name, or could have got it.
func NameMayBecome(name, stored string) bool {
	key := NameKey(stored)
	if countDistinctive(key) < minDistinctive || SameName(name, stored) {
		return false
	}
	for _, form := range storedNames(name) {
		formed := NameKey(form)
		if formed == key || utf8.RuneCountInString(key) >= minCutName && strings.HasPrefix(formed, key) {
			return true
		}
	}
	return false
}

// bracketed is anything in angle brackets, which a system that takes tags out may take for one.
var bracketed = regexp.MustCompile(`<[^<>]*>`)

// NameMayLack reports whether a stored name is a name without what that has in angle brackets. It proves nothing: "Smith <North>" and "Smith" may
// be two customers, or one whose name a system stored without tags. A person has to say.
func NameMayLack(name, stored string) bool {
	rest := bracketed.ReplaceAllString(name, "")
	return rest != name && countDistinctive(NameKey(rest)) >= minDistinctive && SameName(rest, stored)
}

const (
	// minDistinctive is how many letters and digits have to be left of a name to recognize it.
	minDistinctive = 3
	// minCutName is how many characters have to be left of a name that was cut.
	minCutName = 100
)

func countDistinctive(name string) (count int) {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			count++
		}
	}
	return count
}

// element is the tag of an HTML element that may stand in a name. What else is in angle brackets can tell two customers apart, such as
// "Smith <North>" and "Smith <South>".
var element = regexp.MustCompile(`(?i)</?(?:a|b|big|br|div|em|font|i|img|p|s|small|span|strong|sub|sup|u)(?:[\s/][^<>]*)?>`)

// storedNames returns what may be left of a name. A letter is replaced by a mark; only symbols may vanish, not accents. A word that loses
// most of its letters could be any other.
func storedNames(name string) []string {
	var forms []string
	for _, whole := range []string{name, element.ReplaceAllString(name, "")} {
		forms = append(forms, whole)
		for _, outside := range []rune{maxThreeBytes, unicode.MaxLatin1} {
			if slices.ContainsFunc(strings.Fields(whole), func(word string) bool { return losesWord(word, outside) }) {
				continue
			}
			for _, substitute := range substitutes {
				if substitute != "" {
					forms = append(forms, replaceAbove(whole, outside, substitute))
				}
			}
			forms = append(forms, strings.Map(func(r rune) rune {
				if r > outside && isSymbol(r) {
					return -1
				}
				return r
			}, whole))
		}
	}
	return forms
}

// losesWord reports whether most letters and digits of a word are outside of what a system keeps.
func losesWord(word string, outside rune) bool {
	kept, lost := 0, 0
	for _, r := range norm.NFC.String(word) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
		case r > outside:
			lost++
		default:
			kept++
		}
	}
	return lost > kept
}

// isSymbol reports whether a character belongs to no word: it is neither a letter nor a digit nor an accent.
func isSymbol(r rune) bool {
	accent := unicode.IsMark(r) && !unicode.Is(unicode.Variation_Selector, r)
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !accent
}

// StoredNamesake decides which of some companies is an organization's although its name was stored in another form. Others are the names
// of all other organizations. It creates if that isn't certain.
func StoredNamesake(organization Organization, others []string, candidates []Company) CompanyDecision {
	candidates = slices.Clone(candidates)
	candidates = slices.DeleteFunc(candidates, func(company Company) bool {
		return !NameMayBecome(organization.CompanyName(), company.Name) ||
			slices.ContainsFunc(others, func(name string) bool { return SameName(name, company.Name) || NameMayBecome(name, company.Name) })
	})
	if len(candidates) == 0 || slices.ContainsFunc(candidates, func(company Company) bool { return !SameName(company.Name, candidates[0].Name) }) {
		return CompanyDecision{Action: Create}
	}
	return matchCompany(Organization{Name: candidates[0].Name}, candidates)
}
