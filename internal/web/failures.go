package web

import (
	"html/template"
	"net/http"
	"strconv"

	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// failuresView is a page of the records that failed to sync.
type failuresView struct {
	Connection string
	Total      int
	Rows       []failureRow
	Pages      pageLinks
}

// failureRow is a record that failed to sync.
type failureRow struct {
	store.Failure
	Record string
}

// failures shows the records that failed to sync, the oldest first.
func (p *Pages) failures(w http.ResponseWriter, r *http.Request, c status.Connection) {
	p.renderTab(w, r, c, failuresTab, "failures", newFailuresView(c, pageNumber(r)))
}

// Stray returns a message about a record that is not on the page any more, such as one that was dismissed.
func (v failuresView) Stray(m *message) *message {
	if m == nil || m.At == "" || m.At == besideFailures {
		return nil
	}
	for _, row := range v.Rows {
		if m.At == failurePart(row.Kind, row.NinjaID) {
			return nil
		}
	}
	return m
}

func newFailuresView(c status.Connection, number int) failuresView {
	view := failuresView{Connection: c.Connection, Total: len(c.Failures), Pages: newPageLinks(number, len(c.Failures))}
	for _, failure := range c.Failures[view.Pages.From:view.Pages.To] {
		view.Rows = append(view.Rows, failureRow{Failure: failure, Record: recordPath(c.Connection, failure.Kind, failure.NinjaID)})
	}
	return view
}

// pageLinks lead through a table that has several pages.
type pageLinks struct {
	// From and To bound the rows of the page, and Total counts all rows.
	From, To, Total int
	// Previous and Next are the numbers of the neighbouring pages; 0 if there is none.
	Previous, Next int
	// Query is what else the address holds, encoded, with an ampersand at its end.
	Query template.URL
}

// First is the number of the first row, as people count.
func (l pageLinks) First() int { return l.From + 1 }

func newPageLinks(number, total int) pageLinks {
	last := max(1, (total+maxRows-1)/maxRows)
	number = min(max(number, 1), last)
	links := pageLinks{From: (number - 1) * maxRows, To: min(number*maxRows, total), Total: total}
	if number > 1 {
		links.Previous = number - 1
	}
	if number < last {
		links.Next = number + 1
	}
	return links
}

// pageNumber returns which page of a table the address names; 1 if it names none.
func pageNumber(r *http.Request) int {
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		return 1
	}
	return number
}
