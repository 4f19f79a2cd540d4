package ninjaone

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
)

const (
	minActivityPage = 10
	maxActivityPage = 1000
)

// ErrNotActivity marks data that is no activity of NinjaOne's.
var ErrNotActivity = errors.New("not a NinjaOne activity")

// Activity is an entry of the activity log, and what NinjaOne sends to a webhook (contract ninjaone 6.3 and 7.2).
type Activity struct {
	ID              int64           `json:"id"`
	ActivityTime    Timestamp       `json:"activityTime,omitzero"`
	DeviceID        int             `json:"deviceId,omitempty"` // absent for events of the account
	Severity        string          `json:"severity,omitempty"`
	Priority        string          `json:"priority,omitempty"`
	SeriesUID       string          `json:"seriesUid,omitempty"` // the UID of the alert
	ActivityType    string          `json:"activityType,omitempty"`
	StatusCode      string          `json:"statusCode,omitempty"` // what to branch on
	Status          string          `json:"status,omitempty"`     // display text
	ActivityResult  string          `json:"activityResult,omitempty"`
	SourceConfigUID string          `json:"sourceConfigUid,omitempty"`
	SourceName      string          `json:"sourceName,omitempty"`
	Subject         string          `json:"subject,omitempty"`
	UserID          int             `json:"userId,omitempty"`
	Message         string          `json:"message,omitempty"`
	Type            string          `json:"type,omitempty"`   // display text
	Data            json.RawMessage `json:"data,omitempty"`   // dates within are milliseconds
	Device          *Device         `json:"device,omitempty"` // in webhooks, where expanded
}

// ActivityQuery selects activities. Zero members do not restrict.
type ActivityQuery struct {
	// OlderThan and NewerThan are activity ids, exclusive; at most one of them may be given (contract ninjaone 6.4).
	OlderThan, NewerThan int64
	// Type is an activityType such as CONDITION; Status a statusCode such as TRIGGERED.
	Type, Status string
	// SeriesUID is the uid of an alert.
	SeriesUID string
	// PageSize is clamped to 10 to 1000; zero means 1000.
	PageSize int
}

// ActivityPage is one page of the activity log, newest first. A server may ignore a selection that it does not know, so
// callers check the type of each row.
type ActivityPage struct {
	// LastActivityID is the newest id of the whole account; 0 where the server did not say.
	LastActivityID int64      `json:"lastActivityId"`
	Activities     []Activity `json:"activities"`
}

// OldestID is the smallest id on the page, where a walk backwards goes on; 0 for an empty page.
func (p ActivityPage) OldestID() int64 {
	if len(p.Activities) == 0 {
		return 0
	}
	return p.Activities[len(p.Activities)-1].ID
}

// NewestID is the largest id known from the page, the account's own word included: the high-water mark of a first run.
func (p ActivityPage) NewestID() int64 {
	if len(p.Activities) == 0 {
		return p.LastActivityID
	}
	return max(p.LastActivityID, p.Activities[0].ID)
}

// Activities fetches one page of the activity log. Walking backwards with OlderThan misses nothing; walking forwards
// with NewerThan may (contract ninjaone 6.4).
func (c *Client) Activities(ctx context.Context, query ActivityQuery) (ActivityPage, error) {
	r := request{operation: "activities", path: "/v2/activities"}
	if query.OlderThan != 0 && query.NewerThan != 0 {
		return ActivityPage{}, fmt.Errorf("ninjaone %s: %w query: give OlderThan or NewerThan, not both", r.operation, ErrInvalid)
	}
	r.query = query.values()
	var body json.RawMessage
	if err := c.do(ctx, r, &body); err != nil {
		return ActivityPage{}, err
	}
	page, err := parseActivityPage(body)
	if err != nil {
		return ActivityPage{}, r.unusable(err)
	}
	return page, nil
}

func (q ActivityQuery) values() url.Values {
	size := cmp.Or(q.PageSize, maxActivityPage)
	values := url.Values{"pageSize": {strconv.Itoa(min(max(size, minActivityPage), maxActivityPage))}}
	for name, id := range map[string]int64{"olderThan": q.OlderThan, "newerThan": q.NewerThan} {
		if id != 0 {
			values.Set(name, strconv.FormatInt(id, 10))
		}
	}
	for name, text := range map[string]string{"type": q.Type, "status": q.Status, "seriesUid": q.SeriesUID} {
		if text != "" {
			values.Set(name, text)
		}
	}
	return values
}

// parseActivityPage reads the envelope, or the bare array that some tenants send.
func parseActivityPage(body []byte) (ActivityPage, error) {
	var page struct {
		LastActivityID *int64     `json:"lastActivityId"`
		Activities     []Activity `json:"activities"`
	}
	target := any(&page)
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		target = &page.Activities
	}
	if err := json.Unmarshal(body, target); err != nil {
		return ActivityPage{}, err
	}
	if page.Activities == nil && page.LastActivityID == nil {
		return ActivityPage{}, errors.New("it has neither activities nor a last activity id")
	}
	for _, activity := range page.Activities {
		if activity.ID <= 0 {
			return ActivityPage{}, fmt.Errorf("an activity has the id %d", activity.ID)
		}
	}
	slices.SortStableFunc(page.Activities, func(a, b Activity) int { return cmp.Compare(b.ID, a.ID) })
	result := ActivityPage{Activities: page.Activities}
	if page.LastActivityID != nil {
		result.LastActivityID = *page.LastActivityID
	}
	return result, nil
}
