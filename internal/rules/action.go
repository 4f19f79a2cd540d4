package rules

// Action is what to do about one record. A decision carries it, before anything is written.
type Action string

// The actions.
const (
	Create   Action = "create"
	Match    Action = "match"
	Update   Action = "update"
	NoChange Action = "none"
	// Note writes only a note about a manual change.
	Note Action = "note"
	// Wait lets a device wait for its asset, which the deployment's API can't create.
	Wait Action = "wait"
	// Conflict does nothing until a user has decided.
	Conflict Action = "conflict"
	// Skip does nothing because users have switched the sync of the organization off.
	Skip Action = "skip"
)

// Outcome is what happened to one record. Imports count outcomes, and the database and histories hold their values.
type Outcome string

// The outcomes. Waiting is a device whose asset the deployment's API cannot create.
const (
	Created   Outcome = "created"
	Matched   Outcome = "matched"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Waiting   Outcome = "waiting"
	Failed    Outcome = "failed"
	// SwitchedOff is a record of an organization whose sync is switched off.
	SwitchedOff Outcome = "switched-off"
	// LeftOut is a record that the import was not to bring in. It is not counted.
	LeftOut Outcome = "left-out"
)

// Outcome returns the outcome of an action that was carried out.
func (a Action) Outcome() Outcome {
	switch a {
	case Create:
		return Created
	case Match:
		return Matched
	case Update:
		return Updated
	case Wait:
		return Waiting
	case Conflict:
		return Failed
	case Skip:
		return SwitchedOff
	default:
		return Unchanged
	}
}
