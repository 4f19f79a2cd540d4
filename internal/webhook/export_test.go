package webhook

import "time"

// SetBodyTimeout sets the time limit for a body; a negative limit expires at once.
func (r *Receiver) SetBodyTimeout(limit time.Duration) { r.bodyTimeout = limit }
