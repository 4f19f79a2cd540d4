package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// The mark is found in every form in which Accelo returns a body (accelo.md 12), but only alone on its line.
func TestHasAlertMark(t *testing.T) {
	t.Parallel()
	const uid = "e6b0b0bd-5753-445d-9e4a-71c08983cbd5"
	body := rules.Alert{UID: uid, Message: "Disk C: < 5 % & full > 1 d"}.RequestBody("", "")
	require.True(t, rules.HasAlertMark(body, uid))
	require.False(t, rules.HasAlertMark(body, "00000000-5753-445d-9e4a-71c08983cbd5"))
	for _, form := range []string{
		"Disk\r\nNinjaOne alert UID: " + uid + "\r\n",
		"<div>Disk<br>NinjaOne alert UID: " + uid + "<br></div>",
		"<p>Disk</p><p>NinjaOne&nbsp;alert UID: " + uid + "</p>",
	} {
		require.True(t, rules.HasAlertMark(form, uid), form)
	}
	require.False(t, rules.HasAlertMark("someone wrote NinjaOne alert UID: "+uid+" here", uid))
}
