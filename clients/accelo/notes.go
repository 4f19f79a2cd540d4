package accelo

import (
	"context"
	"fmt"
)

const noteFields = "subject,body,visibility,medium,owner_type,owner_id,thread_id,date_created"

// Note is an activity of the medium note on another object (contract accelo 9).
type Note struct {
	// AgainstType is singular: "request", "asset", "company", "issue" and so on.
	AgainstType string `json:"against_type"`
	AgainstID   ID     `json:"against_id"`
	Subject     string `json:"subject"`
	Body        string `json:"body"`
	// ThreadID puts the note under a conversation, a request's for instance; 0 begins one.
	ThreadID ID `json:"thread_id"`

	// What follows is told by Accelo and not sent.

	ID         ID     `json:"id"`
	Visibility string `json:"visibility"`
	OwnerType  string `json:"owner_type"`
	OwnerID    ID     `json:"owner_id"`
	Created    Time   `json:"date_created"`
}

func (n Note) key() ID { return n.ID }

// CreateNote writes a note that everybody in the deployment sees and that sends no e-mail. Accelo's own default would be
// a private one (contract accelo 9.1).
func (c *Client) CreateNote(ctx context.Context, note Note) (Note, error) {
	if note.Subject == "" || note.AgainstID <= 0 || !enumerated.MatchString(note.AgainstType) {
		return Note{}, fmt.Errorf("accelo: CreateNote: subject and object are required: %w", ErrInvalid)
	}
	f := form{
		"subject": note.Subject, "body": note.Body, "against_type": note.AgainstType, "against_id": note.AgainstID.String(),
		"medium": "note", "visibility": "all", "block_send": "1", "_fields": noteFields,
	}
	f.setSome("thread_id", note.ThreadID)
	made, err := create[Note](ctx, c, "CreateNote", "/activities", f)
	made.AgainstType, made.AgainstID = note.AgainstType, note.AgainstID
	return made, err
}

// Notes lists the notes on an object that the token's user may see, oldest first.
func (c *Client) Notes(ctx context.Context, againstType string, againstID ID) ([]Note, error) {
	q := query{fields: noteFields, filters: where().object("against", againstType, againstID).words("medium", "note").ascending("id")}
	notes, err := numberedPages[Note](ctx, c, "Notes", "/activities", q)
	for i := range notes {
		notes[i].AgainstType, notes[i].AgainstID = againstType, againstID
	}
	return notes, err
}
