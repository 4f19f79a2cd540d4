package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"golang.org/x/oauth2"
)

// translate turns an error of the oauth2 package, whose text quotes the whole response, into one of this package.
func (s *tokenSource) translate(err error) error {
	var rejected *oauth2.RetrieveError
	if !errors.As(err, &rejected) || rejected.Response == nil {
		cause := withoutURL(err)
		if errors.Is(err, context.DeadlineExceeded) {
			// This is the client's own timeout, because a token request does not use the caller's context.
			cause = timeoutError(s.timeout)
		}
		return &TransportError{Operation: tokenOperation, Method: http.MethodPost, Path: tokenPath, Sent: true, Err: cause}
	}
	api := &APIError{Code: oneLine(rejected.ErrorCode, maxExcerpt), Message: oneLine(rejected.ErrorDescription, maxMessage)}
	if api.Code == "" {
		// The body is not an RFC 6749 error: Accelo's envelope, as for a lock-out, or no JSON.
		api = tokenEnvelope(rejected.Response.StatusCode, rejected.Body)
	}
	api.Operation, api.Method, api.Path = tokenOperation, http.MethodPost, tokenPath
	api.StatusCode = rejected.Response.StatusCode
	api.RetryAt = parseRetryAfter(rejected.Response.Header, s.now())
	api.redact(s.config.ClientSecret)
	return api
}

// tokenEnvelope reads a rejection in Accelo's envelope, or in the flat form that the documentation shows for a lock-out
// (accelo.md 2.5 and 2.10).
func tokenEnvelope(status int, body []byte) *APIError {
	_, api := openEnvelope(status, body)
	if api == nil || api.unreadable {
		var flat struct{ Status, Message string }
		if json.Unmarshal(body, &flat) == nil && flat.Status != "" {
			return &APIError{Code: oneLine(flat.Status, maxExcerpt), Message: oneLine(flat.Message, maxMessage)}
		}
	}
	if api == nil {
		return &APIError{Message: "the response holds no access token", unreadable: true}
	}
	return api
}

// tokenTransport adapts the requests and responses of the oauth2 package to Accelo.
type tokenTransport struct {
	next                  http.RoundTripper
	id, secret, userAgent string
}

func (t tokenTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	// The oauth2 package percent-encodes the ID and the secret (RFC 6749), but Accelo expects them as they are (accelo.md 2.2).
	request.SetBasicAuth(t.id, t.secret)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", t.userAgent)
	response, err := t.next.RoundTrip(request)
	if err == nil {
		// Accelo always answers in JSON. With any other type, the oauth2 package would read the body as a form.
		response.Header.Set("Content-Type", "application/json")
	}
	return response, err
}

// rejectsLogin reports whether the response rejected the credentials, rather than failing for another reason.
func (e *APIError) rejectsLogin() bool {
	switch {
	case e.StatusCode == http.StatusUnauthorized, e.StatusCode == http.StatusTooManyRequests, e.isRejection():
		return true
	case e.unreadable:
		return false
	default:
		return e.StatusCode >= http.StatusBadRequest && e.StatusCode < http.StatusInternalServerError
	}
}
