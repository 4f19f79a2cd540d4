package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// ErrShape means that a list was expected and an object came, or the other way round: the reply is about something else.
var ErrShape = errors.New("neither a list nor an object where one belongs")

// Unmarshal reads JSON into what target points to, whose former content is lost. A list may come as null or {} if it is empty. Unlike for
// encoding/json, members of a wrong type are no error:
//
//   - a text holds a number or a boolean as it is written; a number holds a text that is one;
//   - a boolean holds true, false, 1, 0 and the same as texts;
//   - whatever else doesn't fit its field, or is refused by its UnmarshalJSON, is the zero value.
//
// The result is an error if data is not JSON, or ErrShape if target is a list or a record and data is not. A list keeps an element that is
// no record as a zero one, so that the caller can count what it skips.
func Unmarshal(data []byte, target any) error {
	value := reflect.ValueOf(target).Elem()
	value.SetZero()
	err := json.Unmarshal(data, target)
	if err == nil && fits(data, value.Type()) {
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && !json.Valid(data) {
		return err
	}
	if !fits(data, value.Type()) {
		return ErrShape
	}
	value.SetZero()
	read(data, value)
	return nil
}

// fits reports whether JSON is a list or a record where one belongs.
func fits(data []byte, t reflect.Type) bool {
	data = bytes.TrimSpace(data)
	switch {
	case isRaw(t):
		return true
	case t.Kind() == reflect.Slice:
		return data[0] == '[' || isNone(data)
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return data[0] == '{'
	}
	return true
}

// isNone reports whether JSON is null or an empty object, which some replies have for an empty list.
func isNone(data []byte) bool {
	return string(data) == "null" || data[0] == '{' && len(bytes.TrimSpace(data[1:len(data)-1])) == 0
}

func isRaw(t reflect.Type) bool { return t == reflect.TypeFor[json.RawMessage]() }

// read reads valid JSON into a zero value as far as it fits.
func read(data []byte, into reflect.Value) {
	data = bytes.TrimSpace(data)
	if own, ok := into.Addr().Interface().(json.Unmarshaler); ok {
		if own.UnmarshalJSON(data) != nil {
			into.SetZero()
		}
		return
	}
	if string(data) == "null" {
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		object := reflect.New(into.Type().Elem())
		if read(data, object.Elem()); fits(data, into.Type().Elem()) {
			into.Set(object)
		}
	case reflect.Struct:
		readRecord(data, into)
	case reflect.Map:
		readMap(data, into)
	case reflect.Slice:
		readList(data, into)
	default:
		readScalar(data, into)
	}
}

// readRecord reads the members of an object. As for encoding/json, a member's name may differ from the field's in case.
func readRecord(data []byte, into reflect.Value) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return
	}
	for _, field := range reflect.VisibleFields(into.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.PkgPath != "" || name == "-" || field.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		if member, found := lookUp(members, name); found {
			read(member, into.FieldByIndex(field.Index))
		}
	}
}

func lookUp(members map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if member, found := members[name]; found {
		return member, true
	}
	for key, member := range members {
		if strings.EqualFold(key, name) {
			return member, true
		}
	}
	return nil, false
}

func readMap(data []byte, into reflect.Value) {
	var members map[string]json.RawMessage
	if into.Type().Key().Kind() != reflect.String || json.Unmarshal(data, &members) != nil {
		return
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(members)))
	for key, member := range members {
		value := reflect.New(into.Type().Elem()).Elem()
		read(member, value)
		into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), value)
	}
}

func readList(data []byte, into reflect.Value) {
	var elements []json.RawMessage
	if json.Unmarshal(data, &elements) != nil {
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(elements), len(elements)))
	for i, element := range elements {
		read(element, into.Index(i))
	}
}

// readScalar converts texts, numbers and booleans where nothing is lost.
func readScalar(data []byte, into reflect.Value) {
	text := string(data)
	switch data[0] {
	case '{', '[':
		return
	case '"':
		if json.Unmarshal(data, &text) != nil {
			return
		}
	}
	switch kind := into.Kind(); {
	case kind == reflect.String:
		into.SetString(text)
	case kind == reflect.Bool:
		flag, _ := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
		into.SetBool(flag)
	case into.CanInt():
		if number, ok := whole(text); ok && !into.OverflowInt(number) {
			into.SetInt(number)
		}
	case into.CanFloat():
		if number, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			into.SetFloat(number)
		}
	}
}

// whole parses an integer, also one that is written as 5.0 or 5e0.
func whole(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number, true
	}
	number, err := strconv.ParseFloat(text, 64)
	const exact = 1 << 53 // beyond it a float is not exact
	return int64(number), err == nil && number == float64(int64(number)) && number < exact && number > -exact
}
