package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
)

const (
	// eventInterval is the time between two looks at the progress of an import.
	eventInterval = time.Second
	// eventTimeout is how long a client has to take an event.
	eventTimeout = 10 * time.Second
	// streamLimit ends a stream; clients connect again by themselves.
	streamLimit = 10 * time.Minute
)

func number(n int) string { return strconv.Itoa(n) }

// changeAfter returns the change that a cursor stands for.
func changeAfter(cursor string) (rules.Change, error) {
	parts, err := decodeCursor("changes", cursor, 3)
	if err != nil || parts == nil {
		return rules.Change{}, err
	}
	organization, err := strconv.Atoi(parts[0])
	if err != nil {
		return rules.Change{}, &operate.InvalidError{Member: "query.cursor", Reason: "cursor is not the next_cursor of a page of this list"}
	}
	return rules.Change{OrganizationID: organization, Kind: rules.ChangeKind(parts[1]), NinjaID: parts[2]}, nil
}

// registerEvents adds the stream of an import: an event "progress" whenever its state has changed, and "done" at the end.
func (a *API) registerEvents(path string) {
	op := operation(http.MethodGet, path, "Follow an import as server-sent events", importsTag, 0)
	op.Description = "Events are named progress and done; their data is the import, as GET of the import answers it."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "A stream of events.", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	register(a, op, func(ctx context.Context, _ operate.Actor, in *ImportPath) (*huma.StreamResponse, error) {
		bound, err := a.bind(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		if _, err := a.importState(bound, in.Name, in.ID); err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(stream huma.Context) { a.stream(stream, in.Name, in.ID) }}, nil
	})
}

// stream sends events until the import ends, the client leaves, or the program ends.
func (a *API) stream(stream huma.Context, connection, id string) {
	ctx, cancel := context.WithTimeout(stream.Context(), streamLimit)
	defer cancel()
	_, w := humago.Unwrap(stream)
	stream.SetHeader("Content-Type", "text/event-stream")
	stream.SetHeader("X-Accel-Buffering", "no") // a proxy would hold events back
	stream.SetStatus(http.StatusOK)
	ticker := time.NewTicker(eventInterval)
	defer ticker.Stop()
	for sent := ""; ; {
		bound, err := a.bind(ctx, connection)
		var state importState
		if err == nil {
			state, err = a.currentImport(bound, connection, id)
		}
		if err != nil {
			return // the client connects again, and then sees why
		}
		data, err := json.Marshal(state)
		if err != nil {
			return
		}
		name, ended := "progress", state.FinishedAt != nil || state.Phase == phaseFailed
		if ended {
			name = "done"
		}
		if string(data) != sent && send(w, name, data) != nil || ended {
			return
		}
		sent = string(data)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		case <-a.stopping:
			return
		}
	}
}

func send(w http.ResponseWriter, name string, data []byte) error {
	controller := http.NewResponseController(w)
	_ = controller.SetWriteDeadline(time.Now().Add(eventTimeout)) // a test's writer has none
	if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data); err != nil {
		return err
	}
	return controller.Flush()
}
