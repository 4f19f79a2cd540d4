package ninjaone

import (
	"context"
	"errors"
	"iter"
	"net/url"
)

// reportPageSize is the largest page of the logged-on users report (contract ninjaone 8.5).
const reportPageSize = 10000

// LoggedOnUser is the user who last logged on to a device.
type LoggedOnUser struct {
	DeviceID  int       `json:"deviceId"`
	UserName  string    `json:"userName"` // DOMAIN\user
	LogonTime Timestamp `json:"logonTime,omitzero"`
}

// reportPage is the envelope of contract ninjaone 4.7.
type reportPage struct {
	Cursor  *reportCursor  `json:"cursor"`
	Results []LoggedOnUser `json:"results"`
}

// reportCursor leaves the count out: whether it counts the page or the report is unclear.
type reportCursor struct {
	Name   string `json:"name"`
	Offset int    `json:"offset"`
}

// LoggedOnUsers yields the pages of the last logged-on users of the selected devices, in no particular order. It ends on
// a page that is short, has no cursor, or whose cursor has not moved since the page before (contract ninjaone 4.7). After
// an error is yielded the iteration ends.
func (c *Client) LoggedOnUsers(ctx context.Context, filter DeviceFilter) iter.Seq2[[]LoggedOnUser, error] {
	query, err := filter.query()
	if err != nil {
		return failing[LoggedOnUser](err)
	}
	return func(yield func([]LoggedOnUser, error) bool) {
		var cursor reportCursor
		for {
			page, err := c.loggedOnPage(ctx, query, cursor.Name)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page.Results) > 0 && !yield(page.Results, nil) {
				return
			}
			if len(page.Results) < reportPageSize || page.Cursor == nil || page.Cursor.Name == "" || *page.Cursor == cursor {
				return
			}
			cursor = *page.Cursor
		}
	}
}

func (c *Client) loggedOnPage(ctx context.Context, filter url.Values, cursor string) (reportPage, error) {
	r := request{operation: "logged_on_users", path: "/v2/queries/logged-on-users"}
	r.query = keysetQuery(filter, reportPageSize, 0)
	if cursor != "" {
		r.query.Set("cursor", cursor)
	}
	var page reportPage
	if err := c.do(ctx, r, &page); err != nil {
		return reportPage{}, err
	}
	if page.Results == nil && page.Cursor == nil {
		return reportPage{}, r.unusable(errors.New("it has neither results nor a cursor"))
	}
	return page, nil
}
