package accelo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	requestFields = "title,standing,source,thread_id,type_id,priority_id,claimer_id,affiliation_id,lead_id," +
		"conversion_type,conversion_id,date_created,date_modified"
	requestFieldsWithBody = requestFields + ",body"
)

// Standings of a request (contract accelo 7.1).
const (
	StandingPending   = "pending"
	StandingOpen      = "open"
	StandingConverted = "converted"
	StandingClosed    = "closed"
)

// Request is an enquiry in the shared inbox (contract accelo 7.1). It has no company: the affiliation has one.
type Request struct {
	ID       ID     `json:"id"`
	Title    string `json:"title"`
	Body     string `json:"body"`
	Standing string `json:"standing"`
	Source   string `json:"source"`
	// ThreadID is the activity that began the conversation.
	ThreadID   ID `json:"thread_id"`
	TypeID     ID `json:"type_id"`
	PriorityID ID `json:"priority_id"`
	// ClaimerID is the staff member who took the request, 0 for nobody.
	ClaimerID     ID `json:"claimer_id"`
	AffiliationID ID `json:"affiliation_id"`
	LeadID        ID `json:"lead_id"`
	// ConversionType and ConversionID are what the request became; the type is as ObjectType writes it, "" when it was
	// not converted.
	ConversionType string `json:"conversion_type"`
	ConversionID   ID     `json:"conversion_id"`
	Created        Time   `json:"date_created"`
	Modified       Time   `json:"date_modified"`
}

func (r Request) key() ID { return r.ID }

// UnmarshalJSON reads a request; the exact strings of conversion_type are unknown (contract accelo 7.1).
func (r *Request) UnmarshalJSON(data []byte) error {
	type plain Request
	read := struct {
		*plain
		ConversionType text `json:"conversion_type"`
	}{plain: (*plain)(r)}
	err := json.Unmarshal(data, &read)
	r.ConversionType = ObjectType(string(read.ConversionType))
	r.Standing = strings.ToLower(strings.TrimSpace(r.Standing))
	return err
}

// RequestQuery selects requests; a nil or zero field selects all, an empty list that is not nil selects none.
type RequestQuery struct {
	IDs            []ID
	Standings      []string
	AffiliationIDs []ID // at most 200
	TypeID         ID
	// ModifiedAfter is exclusive and counts whole seconds.
	ModifiedAfter time.Time
	// Search finds requests whose title holds every word (contract accelo 7.3).
	Search string
	// AfterID leaves out requests up to this id.
	AfterID ID
	// WithoutBody leaves the bodies behind, which may be 64 KiB each.
	WithoutBody bool
}

// NewRequest is what a request is made of. The affiliation is required: from anything else Accelo makes companies and
// contacts silently (contract accelo 7.5).
type NewRequest struct {
	Title, Body                       string
	TypeID, AffiliationID, PriorityID ID
}

// RequestChange holds what to change; nil and "" stay as they are.
type RequestChange struct {
	// Standing is StandingPending, StandingOpen or StandingClosed. Converting is a person's work in Accelo's own pages
	// (contract accelo 7.6).
	Standing string
	// ClaimerID 0 gives the request back to nobody.
	ClaimerID                         *ID
	Title, Body                       *string
	TypeID, AffiliationID, PriorityID *ID
}

// Request reads one request with its body.
func (c *Client) Request(ctx context.Context, id ID) (Request, error) {
	return readObject[Request](ctx, c, "Request", "/requests/"+id.String(), query{fields: requestFieldsWithBody})
}

// Requests walks requests in order of id, in pages of at most 100. After an error the walk is over.
func (c *Client) Requests(ctx context.Context, q RequestQuery) iter.Seq2[[]Request, error] {
	return func(yield func([]Request, error) bool) {
		if q.selectsNone() {
			return
		}
		fields := requestFieldsWithBody
		if q.WithoutBody {
			fields = requestFields
		}
		read := query{fields: fields, search: q.Search}
		if q.IDs == nil {
			read.filters = q.filters(nil)
			ascendingPages[Request](ctx, c, "Requests", "/requests", read, q.AfterID)(yield)
			return
		}
		// A hundred ids fit one page, so these need no look beyond it.
		read.limit = pageSize
		for _, ids := range chunksOfIDs(q.IDs) {
			read.filters = q.filters(ids).above(q.AfterID).ascending("id")
			page, err := readList[Request](ctx, c, "Requests", "/requests", read)
			if (err != nil || len(page) > 0) && !yield(page, err) || err != nil {
				return
			}
		}
	}
}

func (q RequestQuery) selectsNone() bool {
	return q.IDs != nil && len(q.IDs) == 0 || q.Standings != nil && len(q.Standings) == 0 || q.AffiliationIDs != nil && len(q.AffiliationIDs) == 0
}

func (q RequestQuery) filters(ids []ID) *filters {
	f := where()
	if ids != nil {
		f.ids("id", ids...)
	}
	if q.Standings != nil {
		f.words("standing", q.Standings...)
	}
	if q.AffiliationIDs != nil {
		f.ids("affiliation", q.AffiliationIDs...)
	}
	if q.TypeID != 0 {
		f.ids("type", q.TypeID)
	}
	if !q.ModifiedAfter.IsZero() {
		f.after("date_modified", q.ModifiedAfter)
	}
	return f
}

// CreateRequest opens a request; Accelo gives it the standing pending.
func (c *Client) CreateRequest(ctx context.Context, request NewRequest) (Request, error) {
	if request.Title == "" || request.TypeID <= 0 || request.AffiliationID <= 0 {
		return Request{}, fmt.Errorf("accelo: CreateRequest: title, type and affiliation are required: %w", ErrInvalid)
	}
	f := form{
		"title": request.Title, "type_id": request.TypeID.String(), "affiliation_id": request.AffiliationID.String(),
		// The body is required (contract accelo 7.5).
		"body": cmp.Or(request.Body, " "), "_fields": requestFields,
	}
	f.setSome("priority_id", request.PriorityID)
	return create[Request](ctx, c, "CreateRequest", "/requests", f)
}

// UpdateRequest changes a request and returns it as Accelo has it afterwards, without its body.
func (c *Client) UpdateRequest(ctx context.Context, id ID, change RequestChange) (Request, error) {
	if change.Standing != "" && !slices.Contains([]string{StandingPending, StandingOpen, StandingClosed}, change.Standing) {
		return Request{}, fmt.Errorf("accelo: UpdateRequest: standing %q cannot be set: %w", change.Standing, ErrInvalid)
	}
	f := form{"_fields": requestFields}
	if change.Standing != "" {
		f["standing"] = change.Standing
	}
	f.set("title", change.Title)
	f.set("body", change.Body)
	f.setID("claimer_id", change.ClaimerID)
	f.setID("type_id", change.TypeID)
	f.setID("affiliation_id", change.AffiliationID)
	f.setID("priority_id", change.PriorityID)
	if len(f) == 1 {
		return Request{}, fmt.Errorf("accelo: UpdateRequest: nothing to change: %w", ErrInvalid)
	}
	return write[Request](ctx, c, "UpdateRequest", http.MethodPut, "/requests/"+id.String(), f)
}
