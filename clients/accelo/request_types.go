package accelo

import (
	"context"
	"slices"
	"strings"
)

// RequestType is a kind of request; types are made in Accelo's own pages only (contract accelo 7.4).
type RequestType struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
	// Status is "active" or "inactive".
	Status string `json:"status"`
}

// RequestPriority is how urgent a request is (contract accelo 7.1).
type RequestPriority struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
	// Color rises from grey over blue, green and orange to red.
	Color string `json:"color"`
	// Factor rises from 1 (none) to 5 (extreme).
	Factor Int `json:"factor"`
}

// RequestTypes lists the deployment's request types. The call takes no paging and no fields (contract accelo 7.4).
func (c *Client) RequestTypes(ctx context.Context) ([]RequestType, error) {
	return readWrapped[RequestType](ctx, c, "RequestTypes", "/requests/types", "request_types", query{})
}

// RequestPriorities finds the priorities that requests of this deployment have, in the order in which they were seen
// from the newest request on. There is no call that lists them (contract accelo 7.2): each round asks for requests of
// none of the priorities seen so far, so it ends after as many calls as there are priorities, and two more.
func (c *Client) RequestPriorities(ctx context.Context) ([]RequestPriority, error) {
	type prioritized struct {
		Priority Ref[RequestPriority] `json:"request_priority"`
	}
	const rounds = 20
	var found []RequestPriority
	var seen []ID
	for range rounds {
		f := where().descending("id")
		if len(seen) > 0 {
			f.ids("request_priority_not", seen...)
		}
		page, err := readList[prioritized](ctx, c, "RequestPriorities", "/requests", query{fields: "request_priority()", filters: f, limit: pageSize})
		if err != nil {
			return nil, err
		}
		before := len(seen)
		for _, request := range page {
			if priority := request.Priority; priority.Object != nil && !slices.Contains(seen, priority.ID) {
				seen, found = append(seen, priority.ID), append(found, *priority.Object)
			}
		}
		if len(seen) == before || len(page) < pageSize {
			break
		}
	}
	return found, nil
}

// ObjectType is Accelo's name of an object type in one spelling, the API's own, singular and in lower case: it writes "company" and
// "companies", and whether a conversion is one to an "issue" or to a "Ticket" is unknown (contract accelo 7.1, 12). None ("", "0", null) is "".
func ObjectType(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case name == "0", name == "null":
		return ""
	case strings.HasSuffix(name, "ies"):
		name = strings.TrimSuffix(name, "ies") + "y"
	default:
		name = strings.TrimSuffix(name, "s")
	}
	if inPages, ok := titlesInPages[name]; ok {
		return inPages
	}
	return name
}

// titlesInPages are what Accelo's own pages call objects of the API (contract accelo 12).
var titlesInPages = map[string]string{"ticket": "issue", "project": "job", "sale": "prospect", "retainer": "contract"}
