package accelo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The years 1 to 9999 in Unix seconds, which is the range that time.Time can encode as JSON.
const (
	minUnix = -62135596800
	maxUnix = 253402300799
)

var (
	errNotNumber = errors.New("accelo: not a whole number")
	errTimeRange = errors.New("accelo: time out of range")
	errNotScalar = errors.New("accelo: not a scalar")
)

// ID identifies an Accelo object. 0 means none, which Accelo writes as null, "", "0" or {}. Like nearly every scalar of the
// API, an ID is encoded as a string (accelo.md 12).
type ID int64

// String returns the ID in decimal.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// MarshalJSON writes the ID as a string.
func (id ID) MarshalJSON() ([]byte, error) { return []byte(`"` + id.String() + `"`), nil }

// UnmarshalJSON reads a string, a number, or one of the forms of none.
func (id *ID) UnmarshalJSON(data []byte) error {
	n, err := wholeNumber(data)
	if err != nil || n < 0 {
		return fmt.Errorf("id: %w", errNotNumber)
	}
	*id = ID(n)
	return nil
}

// Int is a count, which Accelo writes as a string or a number; none is 0.
type Int int64

// MarshalJSON writes the count as a string.
func (i Int) MarshalJSON() ([]byte, error) { return ID(i).MarshalJSON() }

// UnmarshalJSON reads a string, a number, or one of the forms of none.
func (i *Int) UnmarshalJSON(data []byte) error {
	n, err := wholeNumber(data)
	*i = Int(n)
	return err
}

// Time is a time in UTC, which Accelo writes as Unix seconds in a string or a number. The values null, "" and "0" are the
// zero time (accelo.md 12).
type Time struct{ time.Time }

// MarshalJSON writes Unix seconds as a string, and "0" for the zero time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte(`"0"`), nil
	}
	return ID(t.Unix()).MarshalJSON()
}

// UnmarshalJSON reads any of Accelo's forms.
func (t *Time) UnmarshalJSON(data []byte) error {
	seconds, err := wholeNumber(data)
	if err != nil {
		return fmt.Errorf("time: %w", err)
	}
	if seconds < minUnix || seconds > maxUnix {
		return errTimeRange
	}
	*t = Time{}
	if seconds != 0 {
		t.Time = time.Unix(seconds, 0).UTC()
	}
	return nil
}

// Flag is a boolean, which Accelo writes as "1"/"0", 1/0, true/false or "yes"/"no" (accelo.md 12).
type Flag bool

// MarshalJSON writes "1" or "0".
func (f Flag) MarshalJSON() ([]byte, error) {
	if f {
		return []byte(`"1"`), nil
	}
	return []byte(`"0"`), nil
}

// UnmarshalJSON reads any of Accelo's forms; none is false.
func (f *Flag) UnmarshalJSON(data []byte) error {
	text, err := scalar(data)
	if err != nil {
		return fmt.Errorf("flag: %w", err)
	}
	switch strings.ToLower(text) {
	case "1", "yes", "true":
		*f = true
	case "", "0", "no", "false":
		*f = false
	default:
		return errors.New("accelo: flag is neither yes nor no")
	}
	return nil
}

// wholeNumber parses an integer in a string or a number; null, "" and {} are 0.
func wholeNumber(data []byte) (int64, error) {
	text, err := scalar(data)
	if err != nil || text == "" {
		return 0, err
	}
	if text[0] == '+' {
		return 0, errNotNumber
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errNotNumber
	}
	return n, nil
}

// scalar returns the text of a JSON string, number or boolean. The values null and {} are empty; other objects and lists are
// an error.
func scalar(data []byte) (string, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || string(data) == "null" || isEmpty(data) && data[0] == '{' {
		return "", nil
	}
	switch data[0] {
	case '"':
		var text string
		err := json.Unmarshal(data, &text)
		return text, err
	case '{', '[':
		return "", errNotScalar
	default:
		return string(data), nil
	}
}

// text is a string field whose type the documentation leaves open. It holds other scalars as they are written, and anything
// else as JSON.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	value, err := scalar(data)
	if errors.Is(err, errNotScalar) {
		value, err = string(bytes.TrimSpace(data)), nil
	}
	*t = text(value)
	return err
}
