package flow

import "encoding/json"

// maxBatch is how many bytes of records, as encoded, one payload may carry. Temporal ends a workflow whose payloads or markers exceed 2 MiB.
const maxBatch = 256 << 10

// Room is what is left of a payload that carries records with content of any length. The zero value is an empty payload.
type Room struct {
	used int
	full bool
}

// Take makes room for a record and reports whether there was enough. The first record always has room: each is bounded by itself. Once a record
// had none, no further one has.
func (r *Room) Take(record any) bool {
	encoded, err := json.Marshal(record)
	if err != nil { // then it can't be carried at all, and sending it fails
		return !r.full
	}
	r.full = r.full || r.used > 0 && r.used+len(encoded) > maxBatch
	if !r.full {
		r.used += len(encoded)
	}
	return !r.full
}
