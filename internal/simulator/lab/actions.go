package lab

import (
	"errors"
	"fmt"
)

// ErrNotFound is wrapped by the error of an action whose input names something that does not exist.
var ErrNotFound = errors.New("not found")

// NotFound returns an [ErrNotFound] that says what is missing, such as "device 8: not found".
func NotFound(what string, id any) error { return fmt.Errorf("%s %v: %w", what, id, ErrNotFound) }

// Action is something that a user or the outside world can do to the simulated vendor.
type Action struct {
	// Name is the path: POST /_lab/{Name}.
	Name string `json:"name"`
	// Title, Help and Group are shown in the console.
	Title string `json:"title"`
	Help  string `json:"help,omitempty"`
	Group string `json:"group,omitempty"`
	// Fields is the input.
	Fields []Field `json:"fields,omitempty"`
	// Do runs the action once the input has passed the checks of Fields. Its result is returned as JSON; nil becomes {}.
	Do func(in *Input) (any, error) `json:"-"`
}

// NewAction returns an action that replies with the result of do.
func NewAction(group, name, title string, fields []Field, do func(in *Input) (any, error)) Action {
	return Action{Group: group, Name: name, Title: title, Fields: fields, Do: do}
}

// NewChange returns an action that replies with {}.
func NewChange(group, name, title string, fields []Field, do func(in *Input) error) Action {
	return NewAction(group, name, title, fields, func(in *Input) (any, error) { return nil, do(in) })
}

// WithHelp returns the action with a line of help.
func (a Action) WithHelp(help string) Action {
	a.Help = help
	return a
}

// Field is one member of an action's input.
type Field struct {
	Name        string `json:"name"`
	Placeholder string `json:"placeholder,omitempty"`
	Required    bool   `json:"required,omitempty"`
	// Choices are the values that the console offers.
	Choices []string `json:"choices,omitempty"`
	// Type is one of the Field constants and is checked before the action runs; empty means text.
	Type string `json:"type,omitempty"`
}

// The types of fields.
const (
	FieldInt   = "int"
	FieldFloat = "float"
	FieldBool  = "bool"
	FieldList  = "list"
	FieldInts  = "ints"
)

// Required returns a text field that must be filled in.
func Required(name string, choices ...string) Field {
	return Field{Name: name, Required: true, Choices: choices}
}

// Optional returns a text field that may be left empty.
func Optional(name string, choices ...string) Field { return Field{Name: name, Choices: choices} }

// RequiredInt returns a field that must hold a whole number, such as an ID.
func RequiredInt(name string) Field { return Field{Name: name, Required: true, Type: FieldInt} }

// OptionalInt returns a field that holds a whole number or is left empty.
func OptionalInt(name string) Field { return Field{Name: name, Type: FieldInt} }

// OptionalBool returns a field that holds true or false or is left empty.
func OptionalBool(name string) Field {
	return Field{Name: name, Choices: []string{"true", "false"}, Type: FieldBool}
}

// check reads the member as its type, so that the input records an error if it does not convert.
func (f Field) check(in *Input) {
	switch f.Type {
	case FieldInt:
		in.Int(f.Name)
	case FieldFloat:
		in.Float(f.Name)
	case FieldBool:
		in.Bool(f.Name)
	case FieldList:
		in.Texts(f.Name)
	case FieldInts:
		in.Ints(f.Name)
	}
}
