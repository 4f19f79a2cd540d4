package web

import (
	"errors"
	"net/http"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/status"
)

// requestTypes returns the titles of the request types that Accelo lists, and why there are none: then the field takes any text.
func (p *Pages) requestTypes(r *http.Request, c status.Connection) (titles []string, problem string) {
	titles, err := p.operations.RequestTypes(r.Context(), actorOf(r), c.Connection)
	if err == nil {
		return titles, ""
	}
	p.logger.WarnContext(r.Context(), "request types not listed", "connection", c.Connection, "error", err)
	var unavailable *operate.UnavailableError
	if errors.As(err, &unavailable) { // its words are ours, those of the connector
		return nil, "The types can't be listed now: " + sentence(unavailable.Err.Error()) + " Enter the title as it is in Accelo."
	}
	return nil, "The types can't be listed now. Enter the title as it is in Accelo."
}
