package accelo

import (
	"context"
	"slices"
	"strings"
)

// RequestType is a kind of request. Types can only be created in Accelo's own pages (accelo.md 7.4).
type RequestType struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
	// Status is "active" or "inactive".
	Status string `json:"status"`
}

// RequestPriority is the urgency of a request (accelo.md 7.1).
type RequestPriority struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
	// Factor ranges from 1 (none) to 5 (extreme).
	Factor Int `json:"factor"`
}

// RequestTypes returns the deployment's request types. The call takes neither paging nor fields (accelo.md 7.4).
func (c *Client) RequestTypes(ctx context.Context) ([]RequestType, error) {
	return readWrappedList[RequestType](ctx, c, "RequestTypes", "/requests/types", "request_types", query{})
}

// RequestPriorities returns the priorities that the deployment's requests have, starting with the newest request.
//
// No call lists the priorities (accelo.md 7.2). Each round reads requests with a priority that was not found yet, so it takes
// about as many calls as there are priorities.
func (c *Client) RequestPriorities(ctx context.Context) ([]RequestPriority, error) {
	type requestWithPriority struct {
		Priority Ref[RequestPriority] `json:"request_priority"`
	}
	const maxRounds = 20
	var found []RequestPriority
	var ids []ID
	for range maxRounds {
		f := where().descending("id")
		if len(ids) > 0 {
			f.ids("request_priority_not", ids...)
		}
		q := query{fields: "request_priority()", filters: f, limit: pageSize}
		page, err := readList[requestWithPriority](ctx, c, "RequestPriorities", "/requests", q)
		if err != nil {
			return nil, err
		}
		before := len(ids)
		for _, request := range page {
			if priority := request.Priority; priority.Object != nil && !slices.Contains(ids, priority.ID) {
				ids, found = append(ids, priority.ID), append(found, *priority.Object)
			}
		}
		if len(ids) == before {
			break
		}
	}
	return found, nil
}

// objectType returns the singular, lower-case name that the API uses for an object type, or "" for none ("", "0", "null").
// Accelo writes both "company" and "companies", and may call an "issue" a "Ticket" (accelo.md 7.1 and 12).
func objectType(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case name == "0", name == "null":
		return ""
	case strings.HasSuffix(name, "ies"):
		name = strings.TrimSuffix(name, "ies") + "y"
	default:
		name = strings.TrimSuffix(name, "s")
	}
	if apiName, ok := apiNames[name]; ok {
		return apiName
	}
	return name
}

// apiNames maps the names of object types in Accelo's pages to those in its API (accelo.md 12).
var apiNames = map[string]string{"ticket": "issue", "project": "job", "sale": "prospect", "retainer": "contract"}
