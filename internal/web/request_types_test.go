package web_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/operate"
)

// Both forms offer the types that Accelo lists. If it can't be asked, they say why and take any text.
func TestRequestTypeChoices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	for path, list := range map[string]string{"settings": "request_type-choices", "import": "request_types"} {
		f.buttons.types, f.buttons.typesErr = []string{"Alerts & <more>", "Support"}, nil
		body := f.get("/integrations/default/"+path, session).body
		require.Contains(t, body, `list="`+list+`"`)
		require.Contains(t, body, `<datalist id="`+list+`"><option value="Alerts &amp; &lt;more&gt;"></option><option value="Support"></option></datalist>`)
		require.NotContains(t, body, "can&#39;t be listed")

		f.buttons.types, f.buttons.typesErr = nil, &operate.UnavailableError{What: "Accelo", Err: errors.New("Accelo did not answer within 2 seconds")}
		body = f.get("/integrations/default/"+path, session).body
		require.NotContains(t, body, `list="`+list+`"`)
		require.Contains(t, body, `name="request_type"`)
		require.Contains(t, textOf(body), "The types can't be listed now: Accelo did not answer within 2 seconds. Enter the title as it is in Accelo.")

		f.buttons.typesErr = errors.New("secret detail")
		require.NotContains(t, f.get("/integrations/default/"+path, session).body, "secret detail")
	}
}
