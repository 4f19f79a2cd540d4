package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxInput is the largest request body of the administrative API.
const maxInput = 1 << 20

// Input is an action's JSON object. Values may have their JSON type or, as the console's forms send them, be strings.
// Conversion errors are collected for Err.
type Input struct {
	members map[string]any
	errs    []error
}

// NewInput wraps members, as decoded from JSON.
func NewInput(members map[string]any) *Input { return &Input{members: members} }

// Has reports whether a member is present and not empty.
func (in *Input) Has(name string) bool {
	switch value := in.members[name].(type) {
	case nil:
		return false
	case string:
		return value != ""
	default:
		return true
	}
}

// Present reports whether a member was sent, even if it is empty.
func (in *Input) Present(name string) bool {
	_, present := in.members[name]
	return present
}

// Text returns a member as text, or "" if it is absent.
func (in *Input) Text(name string) string {
	switch value := in.members[name].(type) {
	case nil:
		return ""
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	default:
		in.fail("%s must be text", name)
		return ""
	}
}

// Int returns a member as a whole number, or 0 if it is absent.
func (in *Input) Int(name string) int {
	if !in.Has(name) {
		return 0
	}
	number, err := strconv.Atoi(strings.TrimSpace(in.Text(name)))
	if err != nil {
		in.fail("%s must be a whole number", name)
	}
	return number
}

// Float returns a member as a number, or 0 if it is absent.
func (in *Input) Float(name string) float64 {
	if !in.Has(name) {
		return 0
	}
	number, err := strconv.ParseFloat(strings.TrimSpace(in.Text(name)), 64)
	if err != nil {
		in.fail("%s must be a number", name)
	}
	return number
}

// Bool returns a member as a boolean, or false if it is absent. Strings may be true, false, on, off, yes, no, 1 or 0.
func (in *Input) Bool(name string) bool {
	switch strings.ToLower(in.Text(name)) {
	case "", "false", "off", "no", "0":
		return false
	case "true", "on", "yes", "1":
		return true
	default:
		in.fail("%s must be true or false", name)
		return false
	}
}

// Texts returns a member as a list of strings, or nil if it is absent. It may be an array or a comma-separated string.
func (in *Input) Texts(name string) []string {
	array, ok := in.members[name].([]any)
	if !ok {
		return splitList(in.Text(name))
	}
	list := make([]string, 0, len(array))
	for _, element := range array {
		switch value := element.(type) {
		case string:
			list = append(list, value)
		case json.Number:
			list = append(list, value.String())
		default:
			in.fail("%s must be a list of strings", name)
		}
	}
	return list
}

// Ints returns a member as a list of whole numbers, or nil if it is absent. It may be an array or a comma-separated
// string.
func (in *Input) Ints(name string) []int {
	var list []int
	for _, text := range in.Texts(name) {
		number, err := strconv.Atoi(text)
		if err != nil {
			in.fail("%s must be a list of whole numbers", name)
		}
		list = append(list, number)
	}
	return list
}

// Err returns the errors of all members read so far, or nil.
func (in *Input) Err() error { return errors.Join(in.errs...) }

// Require adds an error for every absent member and returns Err.
func (in *Input) Require(names ...string) error {
	for _, name := range names {
		if !in.Has(name) {
			in.fail("%s is required", name)
		}
	}
	return in.Err()
}

func (in *Input) fail(format string, args ...any) {
	in.errs = append(in.errs, fmt.Errorf(format, args...))
}

func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// decodeJSON reads one JSON value of bounded size; an empty body leaves the target unchanged.
func decodeJSON(r *http.Request, target any) error {
	body, err := readBounded(r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("the body must be JSON: %w", err)
	}
	return nil
}

func readBounded(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	if len(body) > maxInput {
		return nil, errors.New("the body is larger than 1 MiB")
	}
	return body, nil
}
