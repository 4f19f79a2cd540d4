package status

// State is how a connection stands, in the words of the page (interface.md 8).
type State string

// The states of a connection.
const (
	NotConnected      State = "Not connected"
	Connecting        State = "Connecting"
	Connected         State = "Connected"
	ActionNeeded      State = "Connected – action needed"
	ReconnectRequired State = "Reconnect required"
)

// State returns how the connection stands. Both vendors have to accept its credentials before anything is synced.
func (c Connection) State() State {
	switch {
	case c.Reconnect != nil, !c.Accepted && c.WasConnected:
		return ReconnectRequired
	case !c.Accepted:
		return NotConnected
	case !c.Ready || len(c.Todo) > 0 || c.PendingApproval != nil:
		return ActionNeeded
	}
	return Connected
}
