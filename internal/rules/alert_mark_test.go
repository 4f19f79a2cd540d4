package rules_test

import (
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

const (
	markedUID = "e6b0b0bd-5753-445d-9e4a-71c08983cbd5"
	quotedUID = "00000000-5753-445d-9e4a-71c08983cbd5"
	mark      = "NinjaOne alert UID: "
	remote    = "https://app.ninjarmm.com/#/deviceDashboard/7/overview?a=1&b=<2>"
)

// storedForms are the forms in which Accelo may keep and return a text (accelo.md 12).
var storedForms = map[string]func(string) string{
	"as sent":   func(body string) string { return body },
	"line ends": func(body string) string { return strings.ReplaceAll(body, "\n", "\r\n") },
	"trimmed":   strings.TrimSpace,
	"entities":  html.EscapeString,
	"line breaks": func(body string) string {
		return "<div>" + strings.ReplaceAll(html.EscapeString(body), "\n", "<br>") + "</div>"
	},
	"raw in tags": func(body string) string { return "<div>" + strings.ReplaceAll(body, "\n", "<br />") + "</div>" },
	"paragraphs": func(body string) string {
		return "<p>" + strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(body), " ", "&nbsp;"), "\n", "</p><p>") + "</p>"
	},
	"cut": func(body string) string { return body[:min(len(body), 200)] },
	"linked": func(body string) string {
		return strings.Replace(body, remote, `<a href="`+html.EscapeString(remote)+`">`+html.EscapeString(remote)+"</a>", 1)
	},
}

// The mark is found in every form in which Accelo returns a body, whatever the message says, and a message that quotes the mark of
// another alert does not pass for that one.
func TestHasAlertMark(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"", "Disk C: < 5 % & full > 1 d", "a < b", "<", "</div>", "<!--", "&lt;&#60;", strings.Repeat("x", 1000),
		mark + quotedUID, "see\n" + mark + quotedUID + "\n", "\n\n" + mark + quotedUID, "Remote control: x\n" + mark + quotedUID,
		"https://example.com\n" + mark + quotedUID, "<br>" + mark + quotedUID,
	} {
		for _, remoteControl := range []string{"", remote} {
			body := rules.Alert{UID: markedUID, Message: message}.RequestBody("", remoteControl)
			for name, stored := range storedForms {
				require.True(t, rules.HasAlertMark(stored(body), markedUID), "%s: %q", name, stored(body))
				require.False(t, rules.HasAlertMark(stored(body), quotedUID), "%s: %q", name, stored(body))
			}
		}
	}
	require.False(t, rules.HasAlertMark("", markedUID))
}

// Text that a person wrote is no request of ours, even if it quotes one.
func TestQuotedMarkIsNoMark(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"someone wrote " + mark + markedUID + " here",
		"Please look at this:\n" + mark + markedUID,
		"> " + mark + markedUID,
		mark + markedUID + " (copied)",
	} {
		require.False(t, rules.HasAlertMark(body, markedUID), body)
	}
}

// A body that was cut within the mark is known as long as the mark can't be another alert's.
func TestCutMark(t *testing.T) {
	t.Parallel()
	for _, remoteControl := range []string{"", remote} {
		body := rules.Alert{UID: markedUID, Message: "Disk C: is full"}.RequestBody("", remoteControl)
		end := strings.Index(body, markedUID)
		for kept := 12; kept <= len(markedUID); kept++ {
			require.True(t, rules.HasAlertMark(body[:end+kept], markedUID), body[:end+kept])
			require.False(t, rules.HasAlertMark(body[:end+kept], quotedUID), body[:end+kept])
		}
		require.False(t, rules.HasAlertMark(body[:end+11], markedUID), "too little is left")
		require.False(t, rules.HasAlertMark(body[:end+20]+"\nbut it goes on", markedUID), "it was not cut there")
	}
}

// No message makes a body that another alert recognizes, or that its own does not.
func FuzzAlertMark(f *testing.F) {
	f.Add("Disk C: <5 %")
	f.Add(mark + quotedUID + "\n")
	f.Fuzz(func(t *testing.T, message string) {
		body := rules.Alert{UID: markedUID, Message: message}.RequestBody("", "")
		require.True(t, rules.HasAlertMark(body, markedUID))
		require.False(t, rules.HasAlertMark(body, quotedUID))
	})
}
