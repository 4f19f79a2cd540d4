package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Labels are the deployment's own names, or Accelo's defaults.
func TestLabels(t *testing.T) {
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
		require.Equal(t, want, own.Field(name), "asset is not a field")
	}
	require.Equal(t, store.Label{SingularTitle: "Enquiry", PluralTitle: "Requests"}, own.Request)
}

func TestLabelsInASentence(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Asset": "asset", "Managed Device": "managed device", "CI": "CI", "iDevice": "iDevice", "CIs": "CIs", "Élément": "élément", "": "", "X": "X",
	} {
		require.Equal(t, want, store.Label{SingularTitle: title}.Singular())
		require.Equal(t, want, store.Label{PluralTitle: title}.Plural())
	}
}
