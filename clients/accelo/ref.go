package accelo

import (
	"bytes"
	"encoding/json"
)

// Ref is a link to another object: Accelo writes the id, or the object itself where _fields asked for it with
// parentheses (contract accelo 4.2, 12.1).
type Ref[T any] struct {
	// ID is 0 when nothing is linked.
	ID ID
	// Object is nil unless the whole object was sent.
	Object *T
}

// MarshalJSON writes the object where there is one, else the id.
func (r Ref[T]) MarshalJSON() ([]byte, error) {
	if r.Object != nil {
		return json.Marshal(r.Object)
	}
	return r.ID.MarshalJSON()
}

// UnmarshalJSON reads an id in any of its forms or an object with an id; {} is none.
func (r *Ref[T]) UnmarshalJSON(data []byte) error {
	*r = Ref[T]{}
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '{' || isEmpty(trimmed) {
		return r.ID.UnmarshalJSON(data)
	}
	var key struct {
		ID ID `json:"id"`
	}
	if err := json.Unmarshal(data, &key); err != nil {
		return err
	}
	object := new(T)
	if err := json.Unmarshal(data, object); err != nil {
		return err
	}
	r.ID, r.Object = key.ID, object
	return nil
}
