package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	messageCookie = "integrations_message"
	// messageSeconds is how long a message waits for the page that shows it, and maxMessage how many characters it may have: a cookie
	// holds 4,096 bytes.
	messageSeconds = 60
	maxMessage     = 600
	messagePurpose = "ninjaone-accelo: messages of the Integrations page"
)

// message says what a button did. The page shows it beside the button.
type message struct {
	// At is the button or the part of the page that the message belongs to.
	At   string `json:"at"`
	Text string `json:"text"`
	// Problem is set if the button did not do what it says.
	Problem bool `json:"problem,omitempty"`
}

// sendBack answers a form: the browser opens a page, which shows the message once.
func (p *Pages) sendBack(w http.ResponseWriter, r *http.Request, to string, m message) {
	if text := []rune(m.Text); len(text) > maxMessage {
		m.Text = string(text[:maxMessage]) + " …"
	}
	if data, err := json.Marshal(m); err == nil {
		value := base64.RawURLEncoding.EncodeToString(data)
		http.SetCookie(w, cookie(r, messageCookie, value+"."+p.signMessage(value), messageSeconds))
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // always one of our own paths
}

// takeMessage returns the message that the last form left for this page, and removes it. Only our own messages are shown.
func (p *Pages) takeMessage(w http.ResponseWriter, r *http.Request) *message {
	given, err := r.Cookie(messageCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(w, cookie(r, messageCookie, "", -1))
	value, signature, _ := strings.Cut(given.Value, ".")
	if !hmac.Equal([]byte(signature), []byte(p.signMessage(value))) {
		return nil
	}
	data, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var m message
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	return &m
}

func (p *Pages) signMessage(value string) string {
	mac := hmac.New(sha256.New, p.token[:])
	mac.Write([]byte(messagePurpose + "\n" + value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
