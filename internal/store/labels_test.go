package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Texts speak of what the deployment calls its objects, and in Accelo's own words where it has renamed none.
func TestWords(t *testing.T) {
	t.Parallel()
	standard := store.Settings{}.Labels()
	require.Equal(t, store.Label{SingularTitle: "Company", PluralTitle: "Companies"}, standard.For(store.Organizations))
	require.Equal(t, store.Label{SingularTitle: "Contact", PluralTitle: "Contacts"}, standard.For(store.Contacts))
	require.Equal(t, store.Label{SingularTitle: "Asset", PluralTitle: "Assets"}, standard.For(store.Devices))
	require.Equal(t, store.Label{SingularTitle: "Request", PluralTitle: "Requests"}, standard.For(store.Alerts))

	own := store.Settings{Titles: map[string]store.Label{
		"asset": {SingularTitle: "Machine", PluralTitle: " Ma\x1bchines\n"}, "request": {SingularTitle: "Enquiry"},
	}}.Labels()
	require.Equal(t, store.Label{SingularTitle: "Machine", PluralTitle: "Machines"}, own.Asset)
	for name, want := range map[string]string{"company": "company", "asset": "machine", "request": "enquiry", "issue": "issue"} {
		require.Equal(t, want, own.Object(name))
	}
	for name, want := range map[string]string{"company": "company", "contact": "contact", "title": "title", "asset": "asset"} {
		require.Equal(t, want, own.Field(name), "asset is no field")
	}
	require.Equal(t, store.Label{SingularTitle: "Enquiry", PluralTitle: "Requests"}, own.Request)
}

func TestWordsInASentence(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Asset": "asset", "Managed Device": "managed device", "CI": "CI", "iDevice": "iDevice", "CIs": "CIs", "Élément": "élément", "": "", "X": "X",
	} {
		require.Equal(t, want, store.Label{SingularTitle: title}.Singular())
		require.Equal(t, want, store.Label{PluralTitle: title}.Plural())
	}
}
