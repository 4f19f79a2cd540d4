package ninjaone

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // NinjaOne's scheme, used as a checksum and not for protection
	"crypto/sha1" //nolint:gosec // NinjaOne's scheme
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// signer authenticates by signing each request with a legacy access key (ninjaone.md 2.2).
type signer struct {
	keyID  string
	secret string
	now    func() time.Time
}

func (s signer) authenticate(request *http.Request, body []byte) error {
	date := s.now().UTC().Format(http.TimeFormat)
	// Servers differ in which of the two headers they read.
	request.Header.Set("Date", date)
	request.Header.Set("X-Nj-Date", date)
	digest := ""
	if len(body) > 0 {
		sum := md5.Sum(body) //nolint:gosec // see the import
		digest = hex.EncodeToString(sum[:])
		request.Header.Set("Content-MD5", digest)
	}
	signature := sign(s.secret, request.Method, digest, request.Header.Get("Content-Type"), date, request.URL.EscapedPath())
	request.Header.Set("Authorization", "NJ "+s.keyID+":"+signature)
	return nil
}

// discard returns false, because signing again with the same key would fail again.
func (signer) discard(*http.Request) bool { return false }

// sign computes a request's signature (ninjaone.md 2.2). The HMAC covers the base64 encoding of the string to sign, not the
// string itself. The path has no query.
func sign(secret, method, contentMD5, contentType, date, path string) string {
	text := strings.Join([]string{method, contentMD5, contentType, date, path}, "\n")
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = mac.Write([]byte(base64.StdEncoding.EncodeToString([]byte(text)))) // a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
