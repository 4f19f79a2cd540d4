package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// One call makes contact and affiliation; the reply tells the affiliation when asked to (contract accelo 6.1).
func TestCreateContact(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("POST /contacts", `{"id":"61","firstname":"NinjaOne","surname":"Planet Express","mobile":"","email":"","default_affiliation":"98"}`)
	client := v.client()
	contact, err := client.CreateContact(t.Context(), accelo.NewContact{FirstName: "NinjaOne", Surname: "Planet Express", CompanyID: 45})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(98), contact.DefaultAffiliation)
	form := v.only("/contacts").form
	require.Equal(t, "45", form.Get("company_id"))
	require.Contains(t, form.Get("_fields"), "default_affiliation")
	_, err = client.CreateContact(t.Context(), accelo.NewContact{FirstName: "NinjaOne", CompanyID: 45})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	require.Len(t, v.requests("/contacts"), 1)
}

// An affiliation names its company and contact: how a merged company is followed (contract accelo 5.6).
func TestAffiliations(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /affiliations/98", `{"contact":{"surname":"Farnsworth","id":"61","firstname":"Hubert"},"id":"98","mobile":"","email":"h@x.example","company":{"id":"39","name":"Planet Express"}}`)
	v.on("GET /affiliations", `[{"id":"98","company":"39","contact":"61","standing":"active"}]`)
	client := v.client()
	one, err := client.Affiliation(t.Context(), 98)
	require.NoError(t, err)
	require.Equal(t, accelo.ID(39), one.Company.ID)
	require.Equal(t, "Planet Express", one.Company.Object.Name)
	require.Equal(t, "Farnsworth", one.Contact.Object.Surname)
	require.Contains(t, v.only("/affiliations/98").query.Get("_fields"), "company(),contact()")

	all, err := client.AffiliationsOfCompany(t.Context(), 39)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, accelo.ID(61), all[0].Contact.ID)
	require.Equal(t, "company(39)", v.only("/affiliations").query.Get("_filters"))
}

// A company's people.
func TestContacts(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	person := `{"id":"61","firstname":"Hubert","surname":"Farnsworth","default_affiliation":"98"}`
	v.on("GET /companies/39/contact", person)
	v.on("GET /companies/39/contacts", "["+person+"]")
	v.on("GET /contacts/61", person)
	v.handle("GET /companies/40/contact", refuse(400, "invalid_request", "The request could not be interpreted."))
	client := v.client()
	want := accelo.Contact{ID: 61, FirstName: "Hubert", Surname: "Farnsworth", DefaultAffiliation: 98}
	main, err := client.CompanyContact(t.Context(), 39)
	require.NoError(t, err)
	require.Equal(t, want, main)
	all, err := client.CompanyContacts(t.Context(), 39)
	require.NoError(t, err)
	require.Equal(t, []accelo.Contact{want}, all)
	one, err := client.Contact(t.Context(), 61)
	require.NoError(t, err)
	require.Equal(t, want, one)
	_, err = client.CompanyContact(t.Context(), 40)
	require.True(t, accelo.IsInvalidRequest(err))
}
