package ninjaone

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"ninjaone-accelo/clients/lenient"
)

const (
	minActivityPage = 10
	maxActivityPage = 1000
)

// Activity is an entry of the activity log, and what NinjaOne posts to a webhook (ninjaone.md 6.3 and 7.2).
type Activity struct {
	ID              int64     `json:"id"`
	ActivityTime    Timestamp `json:"activityTime"`
	DeviceID        int       `json:"deviceId"` // absent for events of the account
	Severity        string    `json:"severity"`
	Priority        string    `json:"priority"`
	SeriesUID       string    `json:"seriesUid"` // the UID of the alert
	ActivityType    string    `json:"activityType"`
	StatusCode      string    `json:"statusCode"` // such as TRIGGERED; the member "status" is display text
	SourceConfigUID string    `json:"sourceConfigUid"`
	Subject         string    `json:"subject"`
	Message         string    `json:"message"`
	Device          *Device   `json:"device"` // in webhooks that expand it
}

// ActivityQuery selects activities. The zero value selects the newest ones.
//
// There is no NewerThan: reading forward can miss activities, reading backward with OlderThan cannot (ninjaone.md 6.4).
type ActivityQuery struct {
	// OlderThan selects activities with smaller IDs.
	OlderThan int64
	// Type selects an activityType, such as CONDITION.
	Type string
	// Status selects a statusCode, such as TRIGGERED.
	Status string
	// SeriesUID selects the activities of one alert.
	SeriesUID string
	// PageSize is limited to 10 to 1000; the default is 1000.
	PageSize int
}

// ActivityPage is one page of the activity log, newest first. A server may ignore a selection that it does not know, so
// check the members of each activity.
type ActivityPage struct {
	// LastActivityID is the newest ID of the whole account, or 0 if the server omits it.
	LastActivityID int64
	Activities     []Activity
}

// OldestID returns the smallest ID on the page, where the next page continues, or 0 for an empty page.
func (p ActivityPage) OldestID() int64 {
	if len(p.Activities) == 0 {
		return 0
	}
	return p.Activities[len(p.Activities)-1].ID
}

// NewestID returns the largest ID known from the page, including LastActivityID.
func (p ActivityPage) NewestID() int64 {
	if len(p.Activities) == 0 {
		return p.LastActivityID
	}
	return max(p.LastActivityID, p.Activities[0].ID)
}

// Activities returns one page of the activity log.
func (c *Client) Activities(ctx context.Context, query ActivityQuery) (ActivityPage, error) {
	call := apiCall{operation: "activities", path: "/v2/activities", query: query.values()}
	var body json.RawMessage
	if err := c.do(ctx, call, &body); err != nil {
		return ActivityPage{}, err
	}
	page, err := parseActivityPage(body)
	if err != nil {
		return ActivityPage{}, call.unreadable(err)
	}
	rows := len(page.Activities)
	page.Activities = skip(ctx, c, call, page.Activities, func(activity Activity) bool { return activity.ID <= 0 })
	if len(page.Activities) == 0 && rows > 0 { // an empty page would be the end of the log
		return ActivityPage{}, call.unreadable(errors.New("no activity of the page has a readable ID"))
	}
	return page, nil
}

func (q ActivityQuery) values() url.Values {
	size := cmp.Or(q.PageSize, maxActivityPage)
	values := url.Values{"pageSize": {strconv.Itoa(min(max(size, minActivityPage), maxActivityPage))}}
	if q.OlderThan != 0 {
		values.Set("olderThan", strconv.FormatInt(q.OlderThan, 10))
	}
	for name, value := range map[string]string{"type": q.Type, "status": q.Status, "seriesUid": q.SeriesUID} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values
}

// parseActivityPage reads the documented object, or the bare array that some tenants send.
func parseActivityPage(body []byte) (ActivityPage, error) {
	var page struct {
		LastActivityID *int64     `json:"lastActivityId"`
		Activities     []Activity `json:"activities"`
	}
	target := any(&page)
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		target = &page.Activities
	}
	if err := lenient.Unmarshal(body, target); err != nil {
		return ActivityPage{}, err
	}
	if page.Activities == nil && page.LastActivityID == nil {
		return ActivityPage{}, errors.New("the page has neither activities nor lastActivityId")
	}
	slices.SortStableFunc(page.Activities, func(a, b Activity) int { return cmp.Compare(b.ID, a.ID) })
	result := ActivityPage{Activities: page.Activities}
	if page.LastActivityID != nil {
		result.LastActivityID = *page.LastActivityID
	}
	return result, nil
}
