package ninjaone

import (
	"context"
	"errors"
	"iter"
	"net/url"
)

// reportPageSize is the largest page of the logged-on users report (ninjaone.md 8.5).
const reportPageSize = 10000

// LoggedOnUser is the user who last logged on to a device.
type LoggedOnUser struct {
	DeviceID int    `json:"deviceId"`
	UserName string `json:"userName"` // DOMAIN\user
}

type reportPage struct {
	Cursor  *reportCursor  `json:"cursor"`
	Results []LoggedOnUser `json:"results"`
}

// reportCursor omits the count, because it is unclear whether that is of the page or of the report.
type reportCursor struct {
	Name   string `json:"name"`
	Offset int    `json:"offset"`
}

// LoggedOnUsers yields the pages of the report of last logged-on users, for the devices of one organization or, with ID 0,
// of all. The rows have no particular order. It stops after the first error.
//
// The last page is one that ends the list for certain, has no cursor, or has the same cursor as the page before (ninjaone.md 4.7).
func (c *Client) LoggedOnUsers(ctx context.Context, organizationID int) iter.Seq2[[]LoggedOnUser, error] {
	call := apiCall{operation: "logged_on_users", path: "/v2/queries/logged-on-users"}
	return func(yield func([]LoggedOnUser, error) bool) {
		filter, err := organizationFilter(call.operation, organizationID)
		if err != nil {
			yield(nil, err)
			return
		}
		var cursor reportCursor
		for {
			page, err := c.loggedOnUsersPage(ctx, call, filter, cursor.Name)
			if err != nil {
				yield(nil, err)
				return
			}
			end := c.pages.IsLast(call.operation, reportPageSize, len(page.Results))
			rows := skip(ctx, c, call, page.Results, func(row LoggedOnUser) bool { return row.DeviceID <= 0 })
			if len(rows) > 0 && !yield(rows, nil) {
				return
			}
			if end || page.Cursor == nil || page.Cursor.Name == "" || *page.Cursor == cursor {
				return
			}
			cursor = *page.Cursor
		}
	}
}

func (c *Client) loggedOnUsersPage(ctx context.Context, call apiCall, filter url.Values, cursor string) (reportPage, error) {
	call.query = keysetQuery(filter, reportPageSize, 0)
	if cursor != "" {
		call.query.Set("cursor", cursor)
	}
	var page reportPage
	if err := c.do(ctx, call, &page); err != nil {
		return reportPage{}, err
	}
	if page.Results == nil && page.Cursor == nil {
		return reportPage{}, call.unreadable(errors.New("the report has neither results nor a cursor"))
	}
	return page, nil
}
