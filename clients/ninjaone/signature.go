package ninjaone

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the vendor's scheme: a digest of the body, not a protection
	"crypto/sha1" //nolint:gosec // the vendor's scheme
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// signer proves who is asking with a legacy access key (contract ninjaone 2.2).
type signer struct {
	keyID  string
	secret string
	now    func() time.Time
}

func (s signer) authenticate(outgoing *http.Request, body []byte) error {
	date := s.now().UTC().Format(http.TimeFormat)
	// Both headers carry the same value, since servers differ in which of them they read.
	outgoing.Header.Set("Date", date)
	outgoing.Header.Set("X-Nj-Date", date)
	digest := ""
	if len(body) > 0 {
		sum := md5.Sum(body) //nolint:gosec // see the import
		digest = hex.EncodeToString(sum[:])
		outgoing.Header.Set("Content-MD5", digest)
	}
	signature := sign(s.secret, outgoing.Method, digest, outgoing.Header.Get("Content-Type"), date, outgoing.URL.EscapedPath())
	outgoing.Header.Set("Authorization", "NJ "+s.keyID+":"+signature)
	return nil
}

// renew is false: the same key would sign the same way.
func (signer) renew(*http.Request) bool { return false }

// sign computes the signature of contract ninjaone 2.2.2. The HMAC runs over the base64 text of the string to sign,
// not over the string itself, and path is without the query.
func sign(secret, method, contentMD5, contentType, date, path string) string {
	text := strings.Join([]string{method, contentMD5, contentType, date, path}, "\n")
	mac := hmac.New(sha1.New, []byte(secret))
	_, _ = mac.Write([]byte(base64.StdEncoding.EncodeToString([]byte(text)))) // a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
