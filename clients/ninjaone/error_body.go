package ninjaone

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxCode    = 80
	maxMessage = 400

	minRetryAfter = time.Second
	maxRetryAfter = time.Hour
)

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// refused turns an answer into an APIError, whichever of the families of contract ninjaone 8.3 its body belongs to.
func (c *Client) refused(r request, outgoing *http.Request, answer *http.Response, body []byte) error {
	e := &APIError{
		Operation: r.operation, Method: r.verb(), Path: r.path, StatusCode: answer.StatusCode,
		RequestID: line(answer.Header.Get(requestIDHeader), maxCode),
		RetryAt:   parseRetryAfter(answer.Header.Get("Retry-After"), c.now()),
		single:    r.single,
	}
	e.read(body)
	// A server may echo what it was sent.
	_, proof, _ := strings.Cut(outgoing.Header.Get("Authorization"), " ")
	for _, secret := range append([]string{proof}, c.secrets...) {
		if secret != "" {
			e.Code = strings.ReplaceAll(e.Code, secret, "[secret]")
			e.Message = strings.ReplaceAll(e.Message, secret, "[secret]")
		}
	}
	e.Code, e.Message, e.IncidentID = line(e.Code, maxCode), line(e.Message, maxMessage), line(e.IncidentID, maxCode)
	return e
}

// read fills in what the body says. A body of no family leaves the status to speak.
func (e *APIError) read(body []byte) {
	if isThrottlePage(body) {
		e.Code = CodeThrottlePage
	}
	body = bytes.TrimSpace(body)
	var members map[string]json.RawMessage
	var bare string
	switch {
	case json.Unmarshal(body, &members) == nil:
		e.readMembers(members)
	case json.Unmarshal(body, &bare) == nil:
		e.Message = bare
	case bytes.HasPrefix(body, []byte("<")):
		e.html = true
		e.Message = "(an HTML page)"
		if title := htmlTitle.FindSubmatch(body); title != nil {
			e.Message = "(an HTML page: " + string(title[1]) + ")"
		}
	default:
		e.Message = string(body)
	}
}

func (e *APIError) readMembers(members map[string]json.RawMessage) {
	e.Code = firstText(members["resultCode"], members["error"], members["error_code"])
	e.Message = firstText(members["errorMessage"], members["error_description"])
	e.IncidentID = firstText(members["incidentId"])
	var validation struct {
		Code   string          `json:"code"`
		Params json.RawMessage `json:"params"`
	}
	if json.Unmarshal(members["errorMessage"], &validation) == nil && validation.Code != "" {
		e.Code, e.Message = validation.Code, string(validation.Params)
	}
}

// firstText is the first of the values that is a JSON string or number, as text.
func firstText(values ...json.RawMessage) string {
	for _, value := range values {
		var text string
		var number json.Number
		if json.Unmarshal(value, &text) == nil && text != "" {
			return text
		}
		if json.Unmarshal(value, &number) == nil && number != "" {
			return number.String()
		}
	}
	return ""
}

// isThrottlePage recognizes the page that NinjaOne shows instead of JSON when it throttles (contract ninjaone 8.4). An
// answer in JSON may quote these words without being one.
func isThrottlePage(body []byte) bool {
	if isJSON(body) {
		return false
	}
	page := bytes.ToLower(body[:min(len(body), maxErrorBody)])
	for _, phrase := range []string{"rate limit", "too many requests", "request limit exceeded"} {
		if bytes.Contains(page, []byte(phrase)) {
			return true
		}
	}
	return false
}

// parseRetryAfter reads both forms of the header, seconds and a date; anything else is the zero time.
func parseRetryAfter(header string, now time.Time) time.Time {
	header = strings.TrimSpace(header)
	if header == "" {
		return time.Time{}
	}
	var wait time.Duration
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if strings.Trim(header, "0123456789") == "" {
		wait = maxRetryAfter
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	} else {
		return time.Time{}
	}
	return now.Add(min(max(wait, minRetryAfter), maxRetryAfter))
}

// line makes text from outside fit for a message: one line, printable, bounded.
func line(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
