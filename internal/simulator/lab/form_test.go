package lab_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// Every input of a form has a label and texts are escaped.
func TestForm(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	lab.Form{
		Heading: "Sign in", Problem: "Wrong <password>", Text: []string{"To A & B"}, Items: []string{"one"},
		Inputs:  []lab.FormInput{{Label: "Email", Name: "email", Type: "email", Value: `"x"`, Hint: "your own"}},
		Buttons: []lab.FormButton{{Label: "Go", Action: "sign-in"}}, Links: []lab.FormLink{{Label: "Back", URL: "/"}},
	}.Write(answer, http.StatusUnauthorized)
	require.Equal(t, http.StatusUnauthorized, answer.Code)
	for _, part := range []string{
		"<title>Sign in</title>", "<h1>Sign in</h1>", `<p role="alert" class="problem">Wrong &lt;password&gt;</p>`, "<p>To A &amp; B</p>",
		`<label for="email">Email</label>`, `<input id="email" name="email" type="email" value="&#34;x&#34;" aria-describedby="email-hint">`,
		`<p id="email-hint" class="hint">your own</p>`, `<button type="submit" name="action" value="sign-in">Go</button>`, `<a href="/">Back</a>`,
	} {
		require.Contains(t, answer.Body.String(), part)
	}
	require.NotContains(t, answer.Header().Get("Content-Security-Policy"), "form-action")
}
