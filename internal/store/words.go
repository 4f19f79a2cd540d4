package store

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"ninjaone-accelo/internal/rules"
)

// Labels are what a deployment calls the objects of Accelo that this product speaks of. Texts for people use nothing else, since
// an administrator may have renamed any of them (contract accelo 2.5, user titles).
type Labels struct {
	Company, Contact, Asset, Request Label
}

// Words returns the deployment's own words, and Accelo's where it has none of its own or was not asked yet.
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

// Of returns the words for what records of a kind become in Accelo.
func (w Labels) For(kind Kind) Label {
	switch kind {
	case Organizations:
		return w.Company
	case Contacts:
		return w.Contact
	case Devices:
		return w.Asset
	default:
		return w.Request
	}
}

// Object returns the word within a sentence for an object as Accelo's API names it, which is also the word where it is none of these.
func (w Labels) Object(name string) string {
	switch name {
	case "company":
		return w.Company.Singular()
	case "asset":
		return w.Asset.Singular()
	case "request":
		return w.Request.Singular()
	default:
		return name
	}
}

// Field returns the word for a field of a difference, or of a link's history.
func (w Labels) Field(name string) string {
	switch name {
	case rules.CompanyField, "company_id":
		return w.Company.Singular()
	case rules.ContactField:
		return w.Contact.Singular()
	default:
		return name
	}
}

// One is the word for one object within a sentence.
func (t Label) Singular() string { return inSentence(t.SingularTitle) }

// Many is the word for several objects within a sentence.
func (t Label) Plural() string { return inSentence(t.PluralTitle) }

// inSentence writes "Asset" as "asset", and leaves words alone that are written otherwise, such as "CI" and "iDevice".
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
