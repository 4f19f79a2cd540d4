package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Texts speak of what the deployment calls its objects, and in Accelo's own words where it has renamed none.
func TestWords(t *testing.T) {
	t.Parallel()
	standard := store.Settings{}.Words()
	require.Equal(t, store.Titles{Singular: "Company", Plural: "Companies"}, standard.Of(store.Organizations))
	require.Equal(t, store.Titles{Singular: "Contact", Plural: "Contacts"}, standard.Of(store.Contacts))
	require.Equal(t, store.Titles{Singular: "Asset", Plural: "Assets"}, standard.Of(store.Devices))
	require.Equal(t, store.Titles{Singular: "Request", Plural: "Requests"}, standard.Of(store.Alerts))

	own := store.Settings{Titles: map[string]store.Titles{
		"asset": {Singular: "Machine", Plural: " Ma\x1bchines\n"}, "request": {Singular: "Enquiry"},
	}}.Words()
	require.Equal(t, store.Titles{Singular: "Machine", Plural: "Machines"}, own.Asset)
	for name, want := range map[string]string{"company": "company", "asset": "machine", "request": "enquiry", "issue": "issue"} {
		require.Equal(t, want, own.Object(name))
	}
	for name, want := range map[string]string{"company": "company", "contact": "contact", "title": "title", "asset": "asset"} {
		require.Equal(t, want, own.Field(name), "asset is no field")
	}
	require.Equal(t, store.Titles{Singular: "Enquiry", Plural: "Requests"}, own.Request)
}

func TestWordsInASentence(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Asset": "asset", "Managed Device": "managed device", "CI": "CI", "iDevice": "iDevice", "CIs": "CIs", "Élément": "élément", "": "", "X": "X",
	} {
		require.Equal(t, want, store.Titles{Singular: title}.One())
		require.Equal(t, want, store.Titles{Plural: title}.Many())
	}
}
