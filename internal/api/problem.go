package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
)

const (
	databaseUnavailable = "database unavailable; try again in a moment"
	// retryAfter is how many seconds a client should wait before it tries again.
	retryAfter = "5"
)

// problem returns the problem document of an error.
func (a *API) problem(ctx context.Context, err error) error {
	var unknown *operate.NotFoundError
	var invalid *operate.InvalidError
	var conflict *operate.ConflictError
	var unready *operate.NotReadyError
	var forbidden *operate.ForbiddenError
	var unavailable *operate.UnavailableError
	switch {
	case errors.As(err, &unknown):
		return huma.Error404NotFound(unknown.Reason)
	case errors.As(err, &invalid):
		return huma.Error422UnprocessableEntity(invalid.Reason, &huma.ErrorDetail{Location: location(invalid.Member), Message: invalid.Reason})
	case errors.As(err, &conflict):
		return huma.Error409Conflict(conflict.Reason)
	case errors.As(err, &unready):
		return huma.Error409Conflict(unready.Error())
	case errors.Is(err, store.ErrFormerPair):
		return huma.Error409Conflict(store.ErrFormerPair.Error())
	case errors.As(err, &forbidden):
		return huma.Error403Forbidden(forbidden.Error())
	case errors.As(err, &unavailable):
		return unavailableProblem(unavailable.What + " can't be reached, or refuses to answer: " + unavailable.Error())
	}
	if ctx.Err() == nil {
		a.logger.ErrorContext(ctx, "cannot answer an API request", "error", err)
	}
	return unavailableProblem(databaseUnavailable)
}

// location names a member of the request: most are in the body.
func location(member string) string {
	if strings.Contains(member, ".") {
		return member
	}
	return "body." + member
}

func unavailableProblem(detail string) error {
	return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(detail), http.Header{"Retry-After": {retryAfter}})
}

// unknownRoute answers what no route matches, in the form of every other problem.
func (a *API) unknownRoute(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotFound)
	// This fails only if the client has disconnected.
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{
		Title: http.StatusText(http.StatusNotFound), Status: http.StatusNotFound,
		Detail: "no such route; " + base + "/openapi.json lists all of them",
	})
}

func quote(text string) string { return strconv.Quote(text) }

// operationID makes the id of an operation from its route, such as get-connections-name.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '{' || r == '}' || r == '-' })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}
