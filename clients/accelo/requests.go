package accelo

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/clients/lenient"
)

const (
	requestFields         = "title,standing,type_id,claimer_id,affiliation_id,conversion_type,conversion_id,date_modified"
	requestFieldsWithBody = requestFields + ",body"
)

// Standings of a request (accelo.md 7.1).
const (
	StandingPending   = "pending"
	StandingOpen      = "open"
	StandingConverted = "converted"
	StandingClosed    = "closed"
)

// Request is an enquiry in the shared inbox (accelo.md 7.1). Its company is that of its affiliation.
type Request struct {
	ID       ID     `json:"id"`
	Title    string `json:"title"`
	Body     string `json:"body"`
	Standing string `json:"standing"`
	TypeID   ID     `json:"type_id"`
	// ClaimerID is the staff member who claimed the request, or 0.
	ClaimerID     ID `json:"claimer_id"`
	AffiliationID ID `json:"affiliation_id"`
	// ConversionType and ConversionID are the object that the request was converted to. The type is in the API's singular form,
	// such as "issue", or "" if the request was not converted.
	ConversionType string `json:"conversion_type"`
	ConversionID   ID     `json:"conversion_id"`
	Modified       Time   `json:"date_modified"`
}

func (r Request) key() ID { return r.ID }

// UnmarshalJSON normalizes conversion_type, whose exact values are undocumented (accelo.md 7.1), and the standing.
func (r *Request) UnmarshalJSON(data []byte) error {
	type plain Request
	err := lenient.Unmarshal(data, (*plain)(r))
	r.ConversionType = objectType(r.ConversionType)
	r.Standing = strings.ToLower(strings.TrimSpace(r.Standing))
	return err
}

// RequestQuery selects requests. A nil or zero field selects all, an empty list selects none.
type RequestQuery struct {
	IDs []ID
	// ModifiedAfter and CreatedAfter select requests modified or created in a later second.
	ModifiedAfter, CreatedAfter time.Time
	// AfterID skips the requests up to this ID.
	AfterID ID
	// WithoutBody omits the bodies, which can have 64 KiB each.
	WithoutBody bool
}

// NewRequest describes a request to create. Without an affiliation, Accelo would silently create a company and a contact
// (accelo.md 7.5).
type NewRequest struct {
	Title, Body                       string
	TypeID, AffiliationID, PriorityID ID
}

// RequestChange holds what to change.
type RequestChange struct {
	// Standing is StandingPending, StandingOpen or StandingClosed. Only a user can convert a request (accelo.md 7.6).
	Standing string
}

// Request returns one request with its body. A request whose standing can't be read is an error, because everything depends on it.
func (c *Client) Request(ctx context.Context, id ID) (Request, error) {
	const operation = "Request"
	path := "/requests/" + id.String()
	request, err := readObject[Request](ctx, c, operation, path, query{fields: requestFieldsWithBody})
	if err == nil && request.Standing == "" {
		call := apiCall{operation: operation, method: http.MethodGet, path: path}
		err = call.unreadable(payload{status: http.StatusOK}, errors.New("the request has no standing"))
	}
	return request, err
}

// Requests yields the requests page by page in order of ID. It stops after the first error.
func (c *Client) Requests(ctx context.Context, q RequestQuery) iter.Seq2[[]Request, error] {
	return func(yield func([]Request, error) bool) {
		if q.selectsNone() {
			return
		}
		fields := requestFieldsWithBody
		if q.WithoutBody {
			fields = requestFields
		}
		read := query{fields: fields}
		if q.IDs == nil {
			read.filters = q.filters(nil)
			keysetPages[Request](ctx, c, "Requests", "/requests", read, q.AfterID)(yield)
			return
		}
		// A chunk of IDs fits on one page, so there is no next page to look for.
		read.limit = pageSize
		for _, chunk := range chunkIDs(q.IDs) {
			page, err := readChunk(chunk, func(ids []ID) ([]Request, error) {
				read.filters = q.filters(ids).above(q.AfterID).ascending("id")
				return readList[Request](ctx, c, "Requests", "/requests", read)
			})
			slices.SortFunc(page, byKey[Request])
			if (err != nil || len(page) > 0) && !yield(page, err) || err != nil {
				return
			}
		}
	}
}

func (q RequestQuery) selectsNone() bool {
	return q.IDs != nil && len(q.IDs) == 0
}

func (q RequestQuery) filters(ids []ID) *filters {
	f := where()
	if ids != nil {
		f.ids("id", ids...)
	}
	if !q.ModifiedAfter.IsZero() {
		f.after("date_modified", q.ModifiedAfter)
	}
	if !q.CreatedAfter.IsZero() {
		f.after("date_created", q.CreatedAfter)
	}
	return f
}

// CreateRequest creates a request with the standing pending.
func (c *Client) CreateRequest(ctx context.Context, request NewRequest) (Request, error) {
	const operation = "CreateRequest"
	if request.Title == "" || request.TypeID <= 0 || request.AffiliationID <= 0 {
		return Request{}, invalid(operation, "request: it needs a title, a type and an affiliation")
	}
	f := form{
		"title": request.Title, "type_id": request.TypeID.String(), "affiliation_id": request.AffiliationID.String(),
		// Accelo requires a body (accelo.md 7.5).
		"body": cmp.Or(request.Body, " "), "_fields": requestFields,
	}
	f.setNonZeroID("priority_id", request.PriorityID)
	return create[Request](ctx, c, operation, "/requests", f)
}

// UpdateRequest changes a request and returns its new state without its body.
func (c *Client) UpdateRequest(ctx context.Context, id ID, change RequestChange) (Request, error) {
	const operation = "UpdateRequest"
	if !slices.Contains([]string{StandingPending, StandingOpen, StandingClosed}, change.Standing) {
		return Request{}, invalid(operation, "standing %q", oneLine(change.Standing, maxExcerpt))
	}
	f := form{"standing": change.Standing, "_fields": requestFields}
	return write[Request](ctx, c, operation, http.MethodPut, "/requests/"+id.String(), f)
}
