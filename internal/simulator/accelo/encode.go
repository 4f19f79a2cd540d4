package accelo

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
)

// member is one key of a JSON object.
type member struct {
	name  string
	value any
}

// object is a JSON object whose keys are written in varying order, as Accelo does (accelo.md 3.1).
type object []member

// list is a JSON array.
type list []any

// appendJSON appends a value that consists of object, list, string, int, int64, bool, nil and json.RawMessage.
func appendJSON(out []byte, value any) []byte {
	switch v := value.(type) {
	case object:
		return appendObject(out, v)
	case list:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, item)
		}
		return append(out, ']')
	case string:
		return appendString(out, v)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case bool:
		return strconv.AppendBool(out, v)
	case nil:
		return append(out, "null"...)
	default:
		encoded, err := json.Marshal(v)
		if err != nil {
			return append(out, "null"...)
		}
		return append(out, encoded...)
	}
}

func appendObject(out []byte, o object) []byte {
	out = append(out, '{')
	first := 0
	if len(o) > 1 {
		first = rand.IntN(len(o))
	}
	for i := range o {
		if i > 0 {
			out = append(out, ',')
		}
		m := o[(first+i)%len(o)]
		out = appendString(out, m.name)
		out = append(out, ':')
		out = appendJSON(out, m.value)
	}
	return append(out, '}')
}

// appendString appends a JSON string, with a fast path for plain ASCII.
func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			encoded, err := json.Marshal(s)
			if err != nil {
				return append(out, `""`...)
			}
			return append(out, encoded...)
		}
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

// number renders an ID or a count, which are strings in the API (accelo.md 12).
func number(n int64) string { return strconv.FormatInt(n, 10) }

// date renders a time in Unix seconds as a string; 0 is null.
func date(unix int64) any {
	if unix == 0 {
		return nil
	}
	return number(unix)
}

// orNull renders a text; an empty one is null.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// flag renders a boolean as "1" or "0".
func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
