package lab

import (
	"html/template"
	"net/http"
)

// Form is a page of the vendor's own web interface, such as its sign-in: a heading, some text and one form that is posted
// back. Every input has a label, so tests find inputs and buttons by the names that a screen reader would say.
type Form struct {
	// Heading is the heading and the title.
	Heading string
	// Problem says what was wrong with the last input (role alert).
	Problem string
	// Text are paragraphs, and Items a list after them.
	Text  []string
	Items []string
	// Inputs and Buttons are the form; without buttons there is none.
	Inputs  []FormInput
	Buttons []FormButton
	// Links are further links after the form.
	Links []FormLink
}

// FormInput is a labelled text field.
type FormInput struct {
	// Label is its accessible name, and Name its name in the form.
	Label, Name string
	// Type is the type of input; empty means text.
	Type string
	// Value is what it holds at first.
	Value string
	// Autocomplete says what it is for, such as username or current-password.
	Autocomplete string
	// Hint is a line of help below the input.
	Hint string
}

// FormButton submits the form with the member `action`.
type FormButton struct {
	Label, Action string
}

// FormLink is a link.
type FormLink struct {
	Label, URL string
}

var formPage = template.Must(template.ParseFS(consoleFiles, "console/form.html"))

// Write sends the page. It has no form-action policy, as browsers would apply that to the redirect to the client, too.
func (f Form) Write(w http.ResponseWriter, status int) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_ = formPage.ExecuteTemplate(w, "form.html", f)
}
