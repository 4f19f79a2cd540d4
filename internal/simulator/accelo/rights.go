package accelo

import (
	"net/http"
	"slices"
)

// The access levels of users. Only admin is documented.
const (
	accessAdmin = "admin"
	// accessUser works with everything, but does not change the configuration.
	accessUser = "user"
	// accessRestricted only sees companies and contacts.
	accessRestricted = "restricted"
)

// objectOf maps a resource to the type of object whose rights it needs.
var objectOf = map[string]string{
	"companies": "company", "contacts": "contact", "affiliations": "affiliation", "requests": "request", "issues": "issue",
	"jobs": "job", "prospects": "prospect", "assets": "asset",
}

// rights are what a user may do with a type of object (accelo.md 11).
type rights struct{ view, add, manages, admin bool }

func (s Staff) rights(object string) rights {
	switch s.AccessLevel {
	case accessAdmin:
		return rights{true, true, true, true}
	case accessRestricted:
		return rights{view: slices.Contains([]string{"company", "contact", "affiliation"}, object)}
	default:
		return rights{view: true, add: true}
	}
}

// may reports whether a user may use an endpoint. Accelo's administrators define types and fields.
func (s Staff) may(endpoint *route) bool {
	kind, limited := objectOf[endpoint.resource()]
	if !limited {
		return true
	}
	allowed := s.rights(kind)
	switch {
	case slices.Contains([]string{"assets/types", "assets/extensions/fields"}, endpoint.pattern) && endpoint.method != http.MethodGet:
		return allowed.admin
	case endpoint.method == http.MethodGet:
		return allowed.view
	default:
		return allowed.add
	}
}

// userAccess returns a user's rights by type of object, as replies contain them.
func userAccess(user Staff) object {
	var o object
	for _, name := range titledObjects() {
		r := user.rights(name)
		o = append(o, member{name, object{
			{"view", flag(r.view)}, {"add", flag(r.add)}, {"manages", flag(r.manages)}, {"admin", flag(r.admin)}, {"dashboard", ""},
		}})
	}
	return o
}
