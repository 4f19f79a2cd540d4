package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// PUT changes an affiliation, and the contact's deprecated fields follow (accelo.md 6).
func TestUpdateAffiliation(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	changed := d.put("/affiliations/"+affiliation, form("email", "new@acme.example", "mobile", "07", "communication", "yes",
		"standing", "inactive", "_fields", "standing,communication,contact(email)")).object()
	require.Equal(t, "inactive", changed["standing"])
	require.Equal(t, "1", changed["communication"])
	contact, _ := changed["contact"].(map[string]any)
	require.Equal(t, "new@acme.example", contact["email"])
	require.Equal(t, "07", contact["mobile"])
	require.Equal(t, []string{affiliation}, d.get("/affiliations"+query("_filters", "communication(1)")).values("id"))
	d.put("/affiliations/"+affiliation, form("standing", "asleep")).invalid("standing")
	d.put("/affiliations/9", form("email", "x")).invalid("")
	d.post("/affiliations", form("company_id", "1001", "contact_id", "9")).invalid("contact_id")
	d.post("/affiliations", form("company_id", "1001")).invalid("contact_id")
}

// User names of contacts are unique (accelo.md 6.1).
func TestUsernamesAreUnique(t *testing.T) {
	t.Parallel()
	d, _ := startWithContact(t, accelo.Options{})
	create := func(username string) reply {
		return d.post("/contacts", form("firstname", "x", "surname", "y", "company_id", "1001", "username", username))
	}
	first := create("ann").id()
	second := create("bob").id()
	create("Ann").refused(400, "duplicate")
	d.put("/contacts/"+second, form("username", "ANN")).refused(400, "duplicate")
	d.put("/contacts/"+first, form("username", "ANN")).ok()
	require.Equal(t, []string{first}, d.get("/contacts"+query("_filters", "username(ann)")).values("id"))
}

// A new contact has an affiliation, and a company's first affiliation is its default (accelo.md 6.1 and 14).
func TestContactsAndAffiliations(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	company := addCompanies(t, d, "A")[0]
	d.get("/companies/" + company + "/contact").invalid("")
	d.post("/contacts", form("surname", "x", "company_id", company)).invalid("firstname")
	d.post("/contacts", form("firstname", "x", "company_id", company)).invalid("surname")
	d.post("/contacts", form("firstname", "x", "surname", "y")).invalid("company_id")
	d.post("/contacts", form("firstname", "x", "surname", "y", "company_id", "99")).invalid("company_id")

	first := d.post("/contacts", form("firstname", "NinjaOne", "surname", "A (UK), Ltd", "company_id", company,
		"email", "a@b.example", "phone", "1", "_fields", "default_affiliation,standing"))
	affiliation, _ := first.object()["default_affiliation"].(string)
	require.Equal(t, "active", first.object()["standing"])
	require.Equal(t, affiliation, d.get("/companies/" + company + "?_fields=default_affiliation").object()["default_affiliation"])
	require.Equal(t, first.id(), d.get("/companies/"+company+"/contact").id())

	second := d.post("/contacts", form("firstname", "Second", "surname", "One", "company_id", company))
	require.Equal(t, affiliation, d.get("/companies/" + company + "?_fields=default_affiliation").object()["default_affiliation"])
	require.Equal(t, []string{first.id(), second.id()}, d.get("/companies/"+company+"/contacts").values("id"))
	require.Equal(t, "2", d.get("/companies/" + company + "/contacts/count").object()["count"])

	read := d.get("/affiliations/" + affiliation + "?_fields=contact(),company(),phone,position").object()
	require.Equal(t, "1", read["phone"])
	require.Equal(t, map[string]any{"id": company, "name": "A"}, read["company"])
	require.Len(t, d.get("/affiliations"+query("_filters", "company("+company+"),standing(active)")).list(), 2)
	require.Equal(t, []string{affiliation}, d.get("/affiliations"+query("_filters", "email(a@b.example)")).values("id"))

	d.put("/contacts/"+first.id(), form("firstname", "Renamed", "email", "ignored@x.example")).ok()
	d.put("/contacts/"+first.id(), form("surname", " ")).invalid("surname")
	require.Equal(t, "a@b.example", d.get("/contacts/" + first.id()).object()["email"])
	require.Equal(t, "Renamed", d.get("/contacts/" + first.id()).object()["firstname"])
	require.NotContains(t, d.del("/contacts/"+second.id()).Keys, "response")
	require.Equal(t, "inactive", d.get("/contacts/" + second.id() + "?_fields=standing").object()["standing"])

	other := addCompanies(t, d, "B")[0]
	added := d.post("/affiliations", form("company_id", other, "contact_id", first.id(), "position", "Boss"))
	require.Equal(t, added.id(), d.get("/companies/" + other + "?_fields=default_affiliation").object()["default_affiliation"])
	d.del("/affiliations/" + added.id()).ok()
	d.get("/affiliations/" + added.id()).invalid("")
	require.Equal(t, "0", d.get("/companies/" + other + "?_fields=default_affiliation").object()["default_affiliation"])
}

// A switch stops a company's first affiliation from becoming its default.
func TestNoDefaultAffiliation(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Switches: accelo.Switches{NoDefaultAffiliation: true}})
	company := addCompanies(t, d, "A")[0]
	contact := d.post("/contacts", form("firstname", "x", "surname", "y", "company_id", company, "_fields", "default_affiliation"))
	require.NotEqual(t, "0", contact.object()["default_affiliation"])
	require.Equal(t, "0", d.get("/companies/" + company + "?_fields=default_affiliation").object()["default_affiliation"])
}
