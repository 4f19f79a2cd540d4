package store

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"ninjaone-accelo/internal/rules"
)

// Labels are a deployment's names for Accelo's objects. Every text for users takes them from here, because an administrator can rename
// any object (see accelo.md 2.5).
type Labels struct {
	Company, Contact, Asset, Request Label
}

// Labels returns the deployment's names for objects. Where none is known, it is Accelo's default.
func (s Settings) Labels() Labels {
	return Labels{
		Company: s.label("company", "Company", "Companies"),
		Contact: s.label("contact", "Contact", "Contacts"),
		Asset:   s.label("asset", "Asset", "Assets"),
		Request: s.label("request", "Request", "Requests"),
	}
}

func (s Settings) label(object, singular, plural string) Label {
	own := s.Titles[object]
	return Label{
		SingularTitle: cmp.Or(rules.CleanName(own.SingularTitle), singular), PluralTitle: cmp.Or(rules.CleanName(own.PluralTitle), plural),
	}
}

// For returns the label of what records of a kind become in Accelo.
func (l Labels) For(kind Kind) Label {
	switch kind {
	case Organizations:
		return l.Company
	case Contacts:
		return l.Contact
	case Devices:
		return l.Asset
	default:
		return l.Request
	}
}

// Object returns the singular label for an object type of Accelo's API, or the type itself if it has no label.
func (l Labels) Object(name string) string {
	switch name {
	case "company":
		return l.Company.Singular()
	case "asset":
		return l.Asset.Singular()
	case "request":
		return l.Request.Singular()
	default:
		return name
	}
}

// Field returns the label for a field of a manual change or of a link's history.
func (l Labels) Field(name string) string {
	switch name {
	case rules.CompanyField, "company_id":
		return l.Company.Singular()
	case rules.ContactField:
		return l.Contact.Singular()
	default:
		return name
	}
}

// Singular returns the singular for use within a sentence, such as "asset".
func (l Label) Singular() string { return inSentence(l.SingularTitle) }

// Plural returns the plural for use within a sentence, such as "assets".
func (l Label) Plural() string { return inSentence(l.PluralTitle) }

// inSentence turns "Asset" into "asset". Words with other capitals, such as "CI" and "iDevice", keep theirs.
func inSentence(title string) string {
	words := strings.Fields(title)
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		if word[size:] != "" && word[size:] == strings.ToLower(word[size:]) {
			words[i] = string(unicode.ToLower(first)) + word[size:]
		}
	}
	return strings.Join(words, " ")
}
