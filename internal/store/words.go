package store

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"ninjaone-accelo/internal/rules"
)

// Words are what a deployment calls the objects of Accelo that this product speaks of. Texts for people use nothing else, since
// an administrator may have renamed any of them (contract accelo 2.5, user titles).
type Words struct {
	Company, Contact, Asset, Request Titles
}

// Words returns the deployment's own words, and Accelo's where it has none of its own or was not asked yet.
func (s Settings) Words() Words {
	return Words{
		Company: s.titles("company", "Company", "Companies"),
		Contact: s.titles("contact", "Contact", "Contacts"),
		Asset:   s.titles("asset", "Asset", "Assets"),
		Request: s.titles("request", "Request", "Requests"),
	}
}

func (s Settings) titles(object, singular, plural string) Titles {
	own := s.Titles[object]
	return Titles{
		Singular: cmp.Or(rules.CleanName(own.Singular), singular), Plural: cmp.Or(rules.CleanName(own.Plural), plural),
	}
}

// Of returns the words for what records of a kind become in Accelo.
func (w Words) Of(kind Kind) Titles {
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
func (w Words) Object(name string) string {
	switch name {
	case "company":
		return w.Company.One()
	case "asset":
		return w.Asset.One()
	case "request":
		return w.Request.One()
	default:
		return name
	}
}

// Field returns the word for a field of a difference, or of a link's history.
func (w Words) Field(name string) string {
	switch name {
	case rules.CompanyField, "company_id":
		return w.Company.One()
	case rules.ContactField:
		return w.Contact.One()
	default:
		return name
	}
}

// One is the word for one object within a sentence.
func (t Titles) One() string { return inSentence(t.Singular) }

// Many is the word for several objects within a sentence.
func (t Titles) Many() string { return inSentence(t.Plural) }

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
