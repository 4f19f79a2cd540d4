package accelo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"golang.org/x/oauth2"
)

// translate turns what the oauth2 package says into this package's errors: its own text repeats the whole reply.
func (s *tokenSource) translate(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.Response == nil {
		cause := withoutURL(err)
		if errors.Is(err, context.DeadlineExceeded) {
			// Our own limit: no caller's context is part of this request.
			cause = noReplyWithin(s.timeout)
		}
		return &TransportError{Operation: tokenOperation, Method: http.MethodPost, Sent: true, Err: cause}
	}
	api := &APIError{Code: oneLine(refused.ErrorCode, maxExcerpt), Message: oneLine(refused.ErrorDescription, maxMessage)}
	if api.Code == "" {
		// Not in the form of RFC 6749: then in Accelo's own envelope, a lock-out for instance, or no JSON at all.
		api = tokenEnvelope(refused.Response.StatusCode, refused.Body)
	}
	api.Operation, api.Method, api.Path = tokenOperation, http.MethodPost, tokenPath
	api.StatusCode = refused.Response.StatusCode
	api.RetryAt = parseRetryAfter(refused.Response.Header, s.now())
	api.redact(s.config.ClientSecret)
	return api
}

// tokenEnvelope reads a refusal in the resource envelope, or in the flat form in which the documentation shows the
// lock-out (contract accelo 2.5, 2.10).
func tokenEnvelope(status int, body []byte) *APIError {
	_, api := openEnvelope(status, body)
	if api == nil || api.unread {
		var flat struct{ Status, Message string }
		if json.Unmarshal(body, &flat) == nil && flat.Status != "" {
			return &APIError{Code: oneLine(flat.Status, maxExcerpt), Message: oneLine(flat.Message, maxMessage)}
		}
	}
	if api == nil {
		return &APIError{Message: "the reply holds no token", unread: true}
	}
	return api
}

// tokenTransport mends what differs between the oauth2 package and Accelo.
type tokenTransport struct {
	next                  http.RoundTripper
	id, secret, userAgent string
}

func (t tokenTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	// The package percent-encodes id and secret as RFC 6749 wants it; Accelo's ids hold an @ and its documentation says
	// base64(client_id:client_secret) of the plain ones (contract accelo 2.1, 2.2).
	request.SetBasicAuth(t.id, t.secret)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", t.userAgent)
	response, err := t.next.RoundTrip(request)
	if err == nil {
		// The endpoint answers in JSON only; under another label the package would read it as a form.
		response.Header.Set("Content-Type", "application/json")
	}
	return response, err
}

// rejectsLogin is whether the reply turned the credentials down, rather than failing for a reason of its own.
func (e *APIError) rejectsLogin() bool {
	switch {
	case e.StatusCode == http.StatusUnauthorized, e.StatusCode == http.StatusTooManyRequests, e.refused():
		return true
	case e.unread:
		return false
	default:
		return e.StatusCode >= http.StatusBadRequest && e.StatusCode < http.StatusInternalServerError
	}
}
