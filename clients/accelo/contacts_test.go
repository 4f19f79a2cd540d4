package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// One call creates a contact and its affiliation, which the response holds because it was requested (accelo.md 6.1).
func TestCreateContact(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("POST /contacts", `{"id":"61","firstname":"NinjaOne","surname":"Planet Express","mobile":"","email":"","default_affiliation":"98"}`)
	client := s.client()
	contact, err := client.CreateContact(t.Context(), accelo.NewContact{FirstName: "NinjaOne", Surname: "Planet Express", CompanyID: 45})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(98), contact.DefaultAffiliation)
	form := s.request("/contacts").form
	require.Equal(t, "45", form.Get("company_id"))
	require.Contains(t, form.Get("_fields"), "default_affiliation")
	_, err = client.CreateContact(t.Context(), accelo.NewContact{FirstName: "NinjaOne", CompanyID: 45})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	require.Len(t, s.requests("/contacts"), 1)
}

// Affiliations refer to their company and contact by ID or by the object itself (accelo.md 5.6).
func TestAffiliations(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /affiliations", sequence(
		succeed(`[{"contact":{"surname":"Farnsworth","id":"61","firstname":"Hubert"},"id":"98","mobile":"","email":"h@x.example","company":{"id":"39","name":"Planet Express"}}]`),
		succeed(`[{"id":"98","company":"39","contact":"61","standing":"active"}]`),
	))
	client := s.client()
	byID, err := client.AffiliationsByID(t.Context(), []accelo.ID{98})
	require.NoError(t, err)
	require.Len(t, byID, 1)
	require.Equal(t, accelo.ID(39), byID[0].Company.ID)
	require.Equal(t, "Planet Express", byID[0].Company.Object.Name)
	require.Equal(t, "Farnsworth", byID[0].Contact.Object.Surname)

	ofCompany, err := client.AffiliationsOfCompany(t.Context(), 39)
	require.NoError(t, err)
	require.Len(t, ofCompany, 1)
	require.Equal(t, accelo.ID(61), ofCompany[0].Contact.ID)

	requests := s.requests("/affiliations")
	require.Contains(t, requests[0].query.Get("_fields"), "company(),contact()")
	require.Equal(t, "id(98)", requests[0].query.Get("_filters"))
	require.Equal(t, "company(39)", requests[1].query.Get("_filters"))
}
