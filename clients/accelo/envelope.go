package accelo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// A page of 100 objects with bodies of 64 KiB fits twice.
	maxReply = 16 << 20
	// What is kept of a reply that is not JSON, and of a message, in bytes.
	maxExcerpt = 200
	maxMessage = 500

	maxRetryAfter = 24 * time.Hour
)

// reply is a successful answer: the HTTP status and what stood under "response".
type reply struct {
	status   int
	response json.RawMessage
}

// envelope is the frame of every resource reply (contract accelo 3.1). Keys come in any order.
type envelope struct {
	Meta *struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	} `json:"meta"`
	Response json.RawMessage `json:"response"`
}

// openEnvelope takes a reply apart. HTTP status and meta.status must both say success; the error is always an
// *APIError that lacks only the operation.
func openEnvelope(status int, body []byte) (reply, *APIError) {
	var frame envelope
	if err := json.Unmarshal(body, &frame); err != nil {
		return reply{}, &APIError{StatusCode: status, Body: excerpt(body), unread: true}
	}
	if frame.Meta == nil {
		return reply{}, &APIError{StatusCode: status, Message: "the reply is JSON without Accelo's meta", unread: true}
	}
	success := status >= http.StatusOK && status < http.StatusMultipleChoices
	if success && (frame.Meta.Status == statusOK || frame.Meta.Status == statusCreated) {
		return reply{status: status, response: frame.Response}, nil
	}
	return reply{}, &APIError{StatusCode: status, Code: oneLine(frame.Meta.Status, maxExcerpt), Message: oneLine(frame.Meta.Message, maxMessage)}
}

var errNoObject = errors.New("the reply holds no object")

// decodeObject reads an object. Nothing, null or an empty list in its place is an error: it never means "not found".
func decodeObject[T any](raw json.RawMessage) (T, error) {
	var object T
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return object, errNoObject
	}
	err := json.Unmarshal(raw, &object)
	return object, err
}

// decodeList reads a list; null, nothing and {} are the empty ones that Accelo may send (contract accelo 12).
func decodeList[T any](raw json.RawMessage) ([]T, error) {
	if isEmpty(raw) {
		return nil, nil
	}
	var list []T
	err := json.Unmarshal(raw, &list)
	return list, err
}

// decodeWrapped reads what stands under a key of the response, as some lists and subscriptions do (contract accelo 12). A list
// without its wrapper, as all other lists come, is taken as well.
func decodeWrapped(raw json.RawMessage, key string) (json.RawMessage, error) {
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
		return nil, errors.New("the reply lacks " + key)
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

// excerpt is the printable beginning of a body that is not JSON.
func excerpt(body []byte) string {
	return oneLine(string(body[:min(len(body), 4*maxExcerpt)]), maxExcerpt)
}

// oneLine makes foreign text fit for an error: valid, without control characters, bounded.
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

// parseRetryAfter reads both forms of the header, seconds and a date, bounded to a day; anything else is the zero time.
func parseRetryAfter(header http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(header.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		wait = time.Duration(min(seconds, int64(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, maxRetryAfter))
}
