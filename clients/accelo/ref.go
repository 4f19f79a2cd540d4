package accelo

import (
	"bytes"
	"encoding/json"

	"ninjaone-accelo/clients/lenient"
)

// Ref refers to another object. Accelo sends its ID, or the object itself if _fields names it with parentheses (accelo.md
// 4.2 and 12.1).
type Ref[T any] struct {
	// ID is 0 if there is no object.
	ID ID
	// Object is nil unless Accelo sent the whole object.
	Object *T
}

// MarshalJSON writes the object if there is one, otherwise the ID.
func (r Ref[T]) MarshalJSON() ([]byte, error) {
	if r.Object != nil {
		return json.Marshal(r.Object)
	}
	return r.ID.MarshalJSON()
}

// UnmarshalJSON reads an ID in any of its forms, or an object with an ID. An object without one counts as none.
func (r *Ref[T]) UnmarshalJSON(data []byte) error {
	*r = Ref[T]{}
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '{' || isEmpty(trimmed) {
		return r.ID.UnmarshalJSON(data)
	}
	var key struct {
		ID ID `json:"id"`
	}
	if err := lenient.Unmarshal(data, &key); err != nil || key.ID == 0 {
		return err
	}
	object := new(T)
	if err := lenient.Unmarshal(data, object); err != nil {
		return err
	}
	r.ID, r.Object = key.ID, object
	return nil
}
