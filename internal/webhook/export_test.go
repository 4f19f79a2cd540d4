package webhook

import "time"

// SetBodyTime sets how long a body may take; negative for one that is late at once.
func (r *Receiver) SetBodyTime(limit time.Duration) { r.bodyTime = limit }
