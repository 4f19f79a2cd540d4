package accelo

import "context"

const noteFields = "subject,body"

// Note is an activity of the medium "note" on another object (accelo.md 9).
type Note struct {
	// ID is set by Accelo.
	ID ID `json:"id"`
	// AgainstType is the singular type of the object, such as "request", "asset" or "company".
	AgainstType string `json:"against_type"`
	AgainstID   ID     `json:"against_id"`
	Subject     string `json:"subject"`
	Body        string `json:"body"`
}

func (n Note) key() ID { return n.ID }

// CreateNote writes a note that everyone in the deployment can see and that sends no email. Accelo's default is a private
// note (accelo.md 9.1).
func (c *Client) CreateNote(ctx context.Context, note Note) (Note, error) {
	const operation = "CreateNote"
	if note.Subject == "" || note.AgainstID <= 0 || !enumerated.MatchString(note.AgainstType) {
		return Note{}, invalid(operation, "note: it needs a subject and an object")
	}
	created, err := create[Note](ctx, c, operation, "/activities", form{
		"subject": note.Subject, "body": note.Body, "against_type": note.AgainstType, "against_id": note.AgainstID.String(),
		"medium": "note", "visibility": "all", "block_send": "1", "_fields": noteFields,
	})
	created.AgainstType, created.AgainstID = note.AgainstType, note.AgainstID
	return created, err
}

// Notes returns the notes on an object that the service application's user may see, oldest first.
func (c *Client) Notes(ctx context.Context, againstType string, againstID ID) ([]Note, error) {
	q := query{fields: noteFields, filters: where().object("against", againstType, againstID).words("medium", "note").ascending("id")}
	notes, err := numberedPages[Note](ctx, c, "Notes", "/activities", q)
	for i := range notes {
		notes[i].AgainstType, notes[i].AgainstID = againstType, againstID
	}
	return notes, err
}
