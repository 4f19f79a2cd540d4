package accelo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ninjaone-accelo/clients/lenient"
)

const (
	// maxBody is twice the size of a page of 100 objects with bodies of 64 KiB.
	maxBody = 16 << 20
	// maxExcerpt and maxMessage limit what an error quotes, in bytes.
	maxExcerpt = 200
	maxMessage = 500

	maxRetryAfter = 24 * time.Hour
)

// payload is the content of a successful response.
type payload struct {
	status int             // HTTP
	data   json.RawMessage // the envelope's "response"
}

// envelope wraps every response of the API (accelo.md 3.1).
type envelope struct {
	Meta *struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	} `json:"meta"`
	Response json.RawMessage `json:"response"`
}

// openEnvelope returns the content of a response if both the HTTP status and meta.status are a success. The error lacks only
// the call.
func openEnvelope(status int, body []byte) (payload, *APIError) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return payload{}, &APIError{StatusCode: status, Message: "the response is not JSON: " + excerpt(body), unreadable: true}
	}
	if e.Meta == nil {
		return payload{}, &APIError{StatusCode: status, Message: "the response is JSON without Accelo's meta", unreadable: true}
	}
	success := status >= http.StatusOK && status < http.StatusMultipleChoices
	if success && (e.Meta.Status == codeOK || e.Meta.Status == codeCreated) {
		return payload{status: status, data: e.Response}, nil
	}
	return payload{}, &APIError{StatusCode: status, Code: oneLine(e.Meta.Status, maxExcerpt), Message: oneLine(e.Meta.Message, maxMessage)}
}

var errNoObject = errors.New("the response holds no object")

// decodeObject parses an object. An absent object, null or an empty list is an error and never means "not found".
func decodeObject[T any](raw json.RawMessage) (T, error) {
	var object T
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return object, errNoObject
	}
	err := lenient.Unmarshal(raw, &object)
	return object, err
}

// decodeList parses a list. Accelo may send an empty list as null, {} or nothing (accelo.md 12).
func decodeList[T any](raw json.RawMessage) ([]T, error) {
	if isEmpty(raw) {
		return nil, nil
	}
	var list []T
	err := lenient.Unmarshal(raw, &list)
	return list, err
}

// unwrap returns the value under a key, in which Accelo wraps some lists and subscriptions (accelo.md 12). It accepts a list
// without the wrapper too.
func unwrap(raw json.RawMessage, key string) (json.RawMessage, error) {
	if isEmpty(raw) {
		return nil, nil
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return raw, nil
	}
	wrapper, err := decodeObject[map[string]json.RawMessage](raw)
	if err != nil {
		return nil, err
	}
	inner, ok := wrapper[key]
	if !ok {
		return nil, errors.New("the response lacks " + key)
	}
	return inner, nil
}

func isEmpty(raw json.RawMessage) bool {
	switch string(bytes.Join(bytes.Fields(raw), nil)) {
	case "", "null", "{}", "[]":
		return true
	}
	return false
}

func isScalar(value json.RawMessage) bool {
	_, err := scalar(value)
	return err == nil
}

// excerpt returns the printable start of a body.
func excerpt(body []byte) string {
	return cmp.Or(oneLine(string(body[:min(len(body), 4*maxExcerpt)]), maxExcerpt), "it is empty")
}

// oneLine makes foreign text fit for an error: valid UTF-8, on one line, and at most limit bytes long.
func oneLine(text string, limit int) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// parseRetryAfter reads both forms of the header, seconds and a date, limited to a day; anything else is the zero time.
func parseRetryAfter(header http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(header.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		wait = time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, maxRetryAfter))
}

// absent returns those of the keys that an object lacks altogether, or whose values can't be read. An empty value is there as null, "" or {}
// in most answers (accelo.md 12).
func absent(data []byte, keys ...string) []string {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil {
		return nil
	}
	var missing []string
	for _, key := range keys {
		if value, there := object[key]; !there || !isScalar(value) {
			missing = append(missing, key)
		}
	}
	return missing
}
