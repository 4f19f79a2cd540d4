package accelo

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody is the largest request body.
const maxBody = 4 << 20

// params holds the parameters of a call from the query, a form or a JSON body (accelo.md 3.5). Scalars are strings; JSON
// objects and arrays are kept in tree.
type params struct {
	text map[string]string
	tree map[string]any
}

// readParams reads the query and the body. It rejects a parameter that is repeated, even across query and body.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := params{text: map[string]string{}, tree: map[string]any{}}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return p, invalid("The query string is malformed.")
	}
	if err := p.addForm(query); err != nil {
		return p, err
	}
	kind, attributes, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return p, invalid("The Content-Type is malformed.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if kind == "multipart/form-data" && attributes["boundary"] != "" {
		if err := r.ParseMultipartForm(maxBody); err != nil { //nolint:gosec // the body is bounded by MaxBytesReader above
			return p, invalid("The multipart body is malformed.")
		}
		return p, p.addForm(r.MultipartForm.Value)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return p, invalid("The body could not be read.")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return p, nil
	}
	switch kind {
	case "application/json":
		return p, p.addJSON(body)
	case "application/x-www-form-urlencoded", "":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return p, invalid("The form body is malformed.")
		}
		return p, p.addForm(form)
	default:
		return p, invalid("The Content-Type %q is not supported.", kind)
	}
}

func (p params) addForm(form url.Values) error {
	for name, values := range form {
		if len(values) > 1 || p.has(name) {
			return invalid("The parameter %q was repeated.", name)
		}
		p.text[name] = values[0]
	}
	return nil
}

func (p params) addJSON(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil || decoder.More() {
		return invalid("The JSON body is malformed.")
	}
	for name, value := range fields {
		if p.has(name) {
			return invalid("The parameter %q was repeated.", name)
		}
		if text, ok := scalar(value); ok {
			p.text[name] = text
		} else {
			p.tree[name] = value
		}
	}
	return nil
}

// scalar converts a JSON scalar to its form value.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return flag(v), true
	case nil:
		return "", true
	default:
		return "", false
	}
}

func (p params) has(name string) bool {
	_, text := p.text[name]
	_, tree := p.tree[name]
	return text || tree
}

// names returns the names of all parameters.
func (p params) names() []string {
	return append(slices.Collect(maps.Keys(p.text)), slices.Collect(maps.Keys(p.tree))...)
}

// get returns a scalar parameter, or "" if it is missing.
func (p params) get(name string) string { return p.text[name] }

// on reports whether a flag is `1` or `yes`.
func (p params) on(name string) bool { return p.text[name] == "1" || p.text[name] == "yes" }

// number parses a non-negative whole number. A missing or empty parameter is 0.
func (p params) number(name string) (int64, error) {
	if _, nested := p.tree[name]; nested {
		return 0, invalid("The value of %q must be a number.", name)
	}
	text := strings.TrimSpace(p.text[name])
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, invalid("The value of %q must be a number.", name)
	}
	return n, nil
}

// required returns a parameter that must not be blank.
func (p params) required(name string) (string, error) {
	value := p.text[name]
	if strings.TrimSpace(value) == "" {
		return "", invalid("The required parameter %q is missing.", name)
	}
	return value, nil
}

// requiredNumber parses a number that must not be missing.
func (p params) requiredNumber(name string) (int64, error) {
	if _, err := p.required(name); err != nil {
		return 0, err
	}
	return p.number(name)
}

// set copies a parameter to a field, if it is present.
func (p params) set(name string, field *string) {
	if value, ok := p.text[name]; ok {
		*field = value
	}
}
