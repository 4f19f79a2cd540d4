package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxInput is the largest administrative request body.
const maxInput = 1 << 20

// ErrNotFound is wrapped by the error of an action or view that names something that does not exist.
var ErrNotFound = errors.New("not found")

// Action is something that a person or the world can do to the simulated vendor.
type Action struct {
	// Name is the path: POST /_lab/{Name}.
	Name string `json:"name"`
	// Title and Help are for the console.
	Title string `json:"title"`
	Help  string `json:"help,omitempty"`
	// Group gathers actions in the console.
	Group string `json:"group,omitempty"`
	// Fields is the input.
	Fields []Field `json:"fields,omitempty"`
	// Do acts and returns what is answered as JSON; nil becomes {}.
	Do func(ctx context.Context, in *Input) (any, error) `json:"-"`
}

// Field is one member of an action's input.
type Field struct {
	Name        string `json:"name"`
	Label       string `json:"label,omitempty"`
	Placeholder string `json:"placeholder,omitempty"`
	Required    bool   `json:"required,omitempty"`
	// Choices makes the console offer these values.
	Choices []string `json:"choices,omitempty"`
	// Type is FieldInt, FieldBool, FieldList or FieldInts, which is checked before the action acts; empty means a text
	// that the action checks itself.
	Type string `json:"type,omitempty"`
}

// The types of fields.
const (
	FieldInt  = "int"
	FieldBool = "bool"
	FieldList = "list"
	FieldInts = "ints"
)

// check reads a member as its type says, which leaves a fault behind where it does not convert.
func (f Field) check(in *Input) {
	switch f.Type {
	case FieldInt:
		in.Int(f.Name)
	case FieldBool:
		in.Bool(f.Name)
	case FieldList:
		in.Texts(f.Name)
	case FieldInts:
		in.Ints(f.Name)
	}
}

// View is something to read: GET /_lab/{Name}.
type View struct {
	Name string
	Get  func(r *http.Request) (any, error)
}

// Input is an action's JSON object. Values may be typed or, as the console's forms send them, texts. What does not
// convert is collected; ask Err once everything is read.
type Input struct {
	members map[string]any
	faulty  []error
}

// NewInput wraps members, as decoded from JSON.
func NewInput(members map[string]any) *Input { return &Input{members: members} }

// Has tells whether a member is present and not empty.
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

// Present tells whether a member was sent, be it empty.
func (in *Input) Present(name string) bool {
	_, present := in.members[name]
	return present
}

// Text is a member as text; absent means "".
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
		in.fault("%s must be a text", name)
		return ""
	}
}

// Int is a member as a whole number; absent means 0.
func (in *Input) Int(name string) int {
	if !in.Has(name) {
		return 0
	}
	number, err := strconv.Atoi(strings.TrimSpace(in.Text(name)))
	if err != nil {
		in.fault("%s must be a whole number", name)
	}
	return number
}

// Float is a member as a number; absent means 0.
func (in *Input) Float(name string) float64 {
	if !in.Has(name) {
		return 0
	}
	number, err := strconv.ParseFloat(strings.TrimSpace(in.Text(name)), 64)
	if err != nil {
		in.fault("%s must be a number", name)
	}
	return number
}

// Bool is a member as a truth value; absent means false. Texts may be true, false, on, off, yes, no, 1, 0.
func (in *Input) Bool(name string) bool {
	switch strings.ToLower(in.Text(name)) {
	case "", "false", "off", "no", "0":
		return false
	case "true", "on", "yes", "1":
		return true
	default:
		in.fault("%s must be true or false", name)
		return false
	}
}

// Texts is a member as a list: an array, or a text with commas; absent means nil.
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
			in.fault("%s must be a list of texts", name)
		}
	}
	return list
}

// Ints is a member as a list of whole numbers: an array, or a text with commas; absent means nil.
func (in *Input) Ints(name string) []int {
	var list []int
	for _, text := range in.Texts(name) {
		number, err := strconv.Atoi(text)
		if err != nil {
			in.fault("%s must be a list of whole numbers", name)
		}
		list = append(list, number)
	}
	return list
}

// Err is what was wrong with the members read so far, or nil.
func (in *Input) Err() error { return errors.Join(in.faulty...) }

// Require adds a fault for every absent member and returns Err.
func (in *Input) Require(names ...string) error {
	for _, name := range names {
		if !in.Has(name) {
			in.fault("%s is required", name)
		}
	}
	return in.Err()
}

func (in *Input) fault(format string, args ...any) {
	in.faulty = append(in.faulty, fmt.Errorf(format, args...))
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

// decodeJSON reads one JSON value of bounded size; an empty body leaves the target as it is.
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
