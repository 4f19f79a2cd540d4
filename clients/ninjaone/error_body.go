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

// apiError turns an error response into an APIError.
func (c *Client) apiError(call apiCall, request *http.Request, response *http.Response, body []byte) error {
	e := &APIError{
		Operation: call.operation, Method: call.verb(), Path: call.path, StatusCode: response.StatusCode,
		RequestID: oneLine(response.Header.Get(requestIDHeader), maxCode),
		RetryAt:   parseRetryAfter(response.Header, c.now()),
		oneRecord: call.oneRecord,
	}
	e.read(body)
	_, token, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	e.redact(append([]string{token}, c.secrets...)...)
	e.Code, e.Message, e.IncidentID = oneLine(e.Code, maxCode), oneLine(e.Message, maxMessage), oneLine(e.IncidentID, maxCode)
	return e
}

// redact removes credentials that the server may have quoted.
func (e *APIError) redact(secrets ...string) {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		e.Code = strings.ReplaceAll(e.Code, secret, "[redacted]")
		e.Message = strings.ReplaceAll(e.Message, secret, "[redacted]")
	}
}

// read fills in what the body says, in any of the formats of ninjaone.md 8.3.
func (e *APIError) read(body []byte) {
	if isThrottlePage(body) {
		e.Code = CodeThrottlePage
	}
	body = bytes.TrimSpace(body)
	var fields map[string]json.RawMessage
	var text string
	switch {
	case json.Unmarshal(body, &fields) == nil:
		e.readFields(fields)
	case json.Unmarshal(body, &text) == nil:
		e.Message = text
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

func (e *APIError) readFields(fields map[string]json.RawMessage) {
	e.Code = firstText(fields["resultCode"], fields["error"], fields["error_code"])
	e.Message = firstText(fields["errorMessage"], fields["error_description"])
	e.IncidentID = firstText(fields["incidentId"])
	var validation struct {
		Code   string          `json:"code"`
		Params json.RawMessage `json:"params"`
	}
	if json.Unmarshal(fields["errorMessage"], &validation) == nil && validation.Code != "" {
		e.Code, e.Message = validation.Code, string(validation.Params)
	}
}

// firstText returns the first value that is a non-empty JSON string or a number.
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

// isThrottlePage reports whether the body is the page that NinjaOne sends instead of JSON while it throttles (ninjaone.md
// 8.4). JSON is never a throttle page, because records may quote the same words.
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
func parseRetryAfter(header http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return time.Time{}
	}
	var wait time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if strings.Trim(value, "0123456789") == "" {
		wait = maxRetryAfter
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	} else {
		return time.Time{}
	}
	return now.Add(min(max(wait, minRetryAfter), maxRetryAfter))
}

// oneLine makes foreign text fit for an error: printable, on one line, and at most limit characters long.
func oneLine(text string, limit int) string {
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
