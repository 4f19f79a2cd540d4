package ninjaone

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // Content-MD5 is part of the vendor's scheme
	"crypto/sha1" // the vendor's scheme
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxSkew is the largest difference between a signed request's date and the clock (ninjaone.md 2.2.2).
const maxSkew = 15 * time.Minute

// maxBody is the largest request body that is read.
const maxBody = 1 << 20

// authenticate checks the Authorization header of a call and returns what it allows, or the error to reply with.
func (s *Simulator) authenticate(r *http.Request) (grant, *gatewayError) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return grant{}, &errMissingHeader
	}
	scheme, value, found := strings.Cut(header, " ")
	value = strings.TrimSpace(value)
	legacy := strings.HasPrefix(r.URL.Path, "/v1/")
	switch {
	case !found || value == "":
		return grant{}, &errInvalidHeader
	case strings.EqualFold(scheme, "Bearer") && !legacy:
		return s.tokens.check(value)
	case scheme == "NJ":
		if s.options.AccessKeyID == "" || !legacy && s.Switches().NoKeyOnV2 {
			return grant{}, &errNotAuthenticated
		}
		if refusal := s.verifySignature(r, value); refusal != nil {
			return grant{}, refusal
		}
		return grant{scopes: []string{scopeMonitoring, scopeManagement}}, nil
	case legacy && strings.EqualFold(scheme, "Bearer"):
		return grant{}, &errNotAuthenticated
	default:
		return grant{}, &errInvalidHeader
	}
}

// verifySignature checks "AccessKeyId:Signature" (ninjaone.md 2.2). The body can still be read afterwards.
func (s *Simulator) verifySignature(r *http.Request, value string) *gatewayError {
	id, signature, found := strings.Cut(value, ":")
	if !found || id == "" || signature == "" {
		return &errInvalidHeader
	}
	date := r.Header.Get("X-Nj-Date")
	if date == "" {
		date = r.Header.Get("Date")
	}
	if date == "" {
		return &errMissingHeader
	}
	sent, err := http.ParseTime(date)
	if err != nil {
		return &errInvalidHeader
	}
	if skew := s.options.Now().Sub(sent); skew > maxSkew || skew < -maxSkew {
		return &errSkewed
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return &errInvalidHeader
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	digest, contentType := "", ""
	if len(body) > 0 {
		digest, contentType = r.Header.Get("Content-Md5"), r.Header.Get("Content-Type")
		sum := md5.Sum(body) // the vendor's scheme
		if digest != "" && digest != hex.EncodeToString(sum[:]) {
			return &errNotAuthenticated
		}
	}
	want := sign(s.options.SecretAccessKey, r.Method, digest, contentType, date, r.URL.EscapedPath())
	if id != s.options.AccessKeyID || !hmac.Equal([]byte(signature), []byte(want)) {
		return &errNotAuthenticated
	}
	return nil
}

// sign returns the signature of ninjaone.md 2.2.2: an HMAC of the base64 form of the string to sign. The path has no
// query.
func sign(secret, method, digest, contentType, date, path string) string {
	text := strings.Join([]string{method, digest, contentType, date, path}, "\n")
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = mac.Write([]byte(base64.StdEncoding.EncodeToString([]byte(text)))) // a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authorized serves a call if its credentials are valid and cover the scope.
func (s *Simulator) authorized(scope string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, hit := s.Lab.PickFault(r, faultTokenExpired); hit {
			if _, access, found := strings.Cut(r.Header.Get("Authorization"), " "); found {
				s.tokens.access.Expire(access)
			}
		}
		caller, refusal := s.authenticate(r)
		switch {
		case refusal != nil:
			refusal.reply(w, r)
		case scope != "" && !slices.Contains(caller.scopes, scope):
			errScope.reply(w, r)
		default:
			next(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller)))
		}
	}
}

type callerKey struct{}

// isTechnician reports whether a call is that of a user who is no system administrator.
func (s *Simulator) isTechnician(r *http.Request) bool {
	caller, _ := r.Context().Value(callerKey{}).(grant)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.world.users, func(u User) bool { return u.ID == caller.user && !u.Administrator })
}
