package accelo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A note is private by default, confidential is a number, and a note can join a request's thread (accelo.md 9.1).
func TestPostNote(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	thread, _ := d.post("/requests?_fields=thread_id", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).object()["thread_id"].(string)
	plain := d.post("/activities?_fields=visibility,medium,owner,thread,parent,against", form("subject", "S", "against_type", "request", "against_id", "31")).object()
	require.Equal(t, map[string]any{
		"id": plain["id"], "subject": "S", "confidential": float64(0), "visibility": "private", "medium": "note", "owner": "staff/14",
		"thread": "activities/" + plain["id"].(string), "parent": "activities/0", "against": "request/31",
	}, plain)
	threaded := d.post("/activities", map[string]any{
		"subject": "S", "body": "B", "against_type": "request", "against_id": 31, "visibility": "all", "thread_id": thread, "_fields": "thread_id",
	}).object()
	require.Equal(t, thread, threaded["thread_id"])
	require.Len(t, d.get("/activities"+query("_filters", "against(request(31)),medium(note)", "_fields", "body,visibility")).list(), 2)
	require.Len(t, d.get("/activities"+query("_filters", "thread_id("+thread+")")).list(), 2)
}

func TestPostNoteRefused(t *testing.T) {
	t.Parallel()
	d, affiliation := startWithContact(t, accelo.Options{})
	d.post("/requests", form("title", "T", "body", "B", "type_id", "1", "affiliation_id", affiliation)).ok()
	for _, test := range []struct{ name, key, value string }{
		{"no subject", "subject", ""},
		{"no target", "against_id", ""},
		{"plural target", "against_type", "requests"},
		{"target that does not exist", "against_id", "99"},
		{"target of a kind without objects", "against_type", "task"},
		{"unknown medium", "medium", "sms"},
		{"unknown visibility", "visibility", "public"},
		{"unknown thread", "thread_id", "7"},
		{"time on a private note", "billable", "60"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := form("subject", "S", "against_type", "request", "against_id", "31")
			body.Set(test.key, test.value)
			d.post("/activities", body).refused(400, "invalid_request")
		})
	}
	require.Len(t, d.get("/activities").list(), 1, "only the one of the request itself")
}

// Private notes of others are hidden, and only the owner can change a note (accelo.md 9 and 14).
func TestNotesOfOthers(t *testing.T) {
	t.Parallel()
	d, _ := startWithContact(t, accelo.Options{})
	private, err := d.sim.AddNote(15, "company", 1001, "secret", "x", "private")
	require.NoError(t, err)
	public, err := d.sim.AddNote(15, "company", 1001, "open", "x", "all")
	require.NoError(t, err)
	hidden, shown := "/activities/"+text(private.ID), "/activities/"+text(public.ID)
	d.get(hidden).invalid("")
	d.get(shown).ok()
	require.Equal(t, []string{"open"}, d.get("/activities").values("subject"))
	d.put(shown, form("body", "y")).refused(403, "invalid_permission")
	d.put(hidden, form("body", "y")).invalid("")

	own := d.post("/activities", form("subject", "mine", "against_type", "company", "against_id", "1001")).id()
	require.Equal(t, "changed", d.put("/activities/"+own+"?_fields=body", form("body", "changed")).object()["body"])
	require.NotContains(t, d.del("/activities/"+own).Keys, "response")
	d.get("/activities/" + own).invalid("")
}

// The field interacts changes the shape of the list (accelo.md 9.2).
func TestInteractsChangesShape(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Companies: 10})
	wrapped := d.get("/activities?_fields=interacts").object()
	require.Contains(t, wrapped, "activities")
	require.Contains(t, wrapped, "staff")
	require.Contains(t, wrapped, "affiliations")
}
