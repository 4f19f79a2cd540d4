package web

import (
	"fmt"
	"net/http"
	"time"

	"ninjaone-accelo/internal/status"
)

const (
	// eventInterval is how often a browser hears of an import's progress, and startPatience how long an import that was just started may
	// take to begin before the page looks again.
	eventInterval = time.Second
	startPatience = 8 * time.Second
	// streamLimit ends a stream, so that none holds up a shutdown or outlives its session; the browser opens the next one itself.
	streamLimit = 10 * time.Second
)

// importEvents streams the progress of the import that runs, as server-sent events. The event "end" says that the page has news: that the
// import has ended, or that none has begun. A page that shows a running import says so in its query.
func (p *Pages) importEvents(w http.ResponseWriter, r *http.Request, c status.Connection) {
	w.Header().Set("Content-Type", "text/event-stream")
	stream, seen := http.NewResponseController(w), r.URL.Query().Has("running")
	started := time.Now()
	ticker := time.NewTicker(eventInterval)
	defer ticker.Stop()
	_, _ = fmt.Fprintf(w, "retry: %d\n\n", eventInterval.Milliseconds()) // a browser that has left is noticed below
	for time.Since(started) < streamLimit {
		event, err := p.newestRun(r.Context(), c.Connection)
		switch {
		case err != nil:
			p.logReadError(r, err)
			return
		case event != nil:
			seen = true
			_, err = fmt.Fprintf(w, "data: %s\n\n", event.encode())
		case seen || time.Since(started) > startPatience:
			_, _ = fmt.Fprint(w, "event: end\ndata: {}\n\n") // the browser may have left
			return
		default:
			_, err = fmt.Fprint(w, ": waiting\n\n")
		}
		if err != nil || stream.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}
