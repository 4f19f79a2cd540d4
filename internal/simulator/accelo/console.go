package accelo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// summary returns the figures at the top of the console.
func (s *Simulator) summary() []lab.Stat {
	rate := s.rate.status()
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.world
	count := func(n int) string { return strconv.Itoa(n) }
	return []lab.Stat{
		{Label: "Deployment", Value: s.options.Deployment},
		{Label: "Mode", Value: string(s.mode)},
		{Label: "Companies", Value: count(len(w.companies.rows))},
		{Label: "Contacts", Value: count(len(w.contacts.rows))},
		{Label: "Assets", Value: count(len(w.assets.rows))},
		{Label: "Requests", Value: count(len(w.requests.rows))},
		{Label: "Webhook subscriptions", Value: count(len(w.subscriptions))},
		{Label: "Calls left in the window", Value: fmt.Sprintf("%d of %d", rate.Remaining, rate.Limit)},
	}
}

// tables returns the console's tables.
func (s *Simulator) tables() []lab.Table {
	columns := func(names ...string) []string { return names }
	return []lab.Table{
		consoleTable(s, "companies", "Companies",
			columns("ID", "Name", "Standing", "Primary contact", "Comments", "Modified"), companies, (*view).companyRow),
		consoleTable(s, "contacts", "Contacts", columns("ID", "Name", "Email", "Standing"), contacts, (*view).contactRow),
		consoleTable(s, "requests", "Requests",
			columns("ID", "Title", "Standing", "Company", "Type", "Claimed by", "Converted to", "Notes", "Assets"), requests, (*view).requestRow),
		consoleTable(s, "assets", "Assets", columns("ID", "Title", "Type", "Company", "Standing", "Custom fields"), assets, (*view).assetRow),
		consoleTable(s, "activities", "Activities",
			columns("ID", "Subject", "Against", "Medium", "Visibility", "Body", "Created"), activities, (*view).activityRow),
		s.subscriptionTable(),
		s.trialTable(),
	}
}

// consoleTable shows one table of the world, newest rows first.
func consoleTable[T any](s *Simulator, name, title string, columns []string, rows func(*world) *table[T], render func(*view, *T) lab.Row) lab.Table {
	return lab.Table{Name: name, Title: title, Columns: columns, Rows: func(query string, offset, limit int) ([]lab.Row, int) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		v := s.viewOf(0)
		return lab.PageRows(slices.Backward(rows(s.world).rows), func(row *T) lab.Row { return render(v, row) }, query, offset, limit)
	}}
}

func input(pairs ...string) map[string]string {
	members := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		members[pairs[i]] = pairs[i+1]
	}
	return members
}

func standingCell(standing string) lab.Cell {
	badge := map[string]string{
		"active": "good", "open": "warn", "pending": "warn", "closed": "neutral", "converted": "good", "inactive": "neutral",
	}[standing]
	if badge == "" {
		badge = "neutral"
	}
	return lab.Cell{Text: standing, Badge: badge}
}

func formatTime(unix int64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05")
}

func (v *view) companyRow(row *Company) lab.Row {
	contact := ""
	if affiliation := v.world.affiliations.get(row.DefaultAffiliationID); affiliation != nil {
		contact = affiliation.FullName
	}
	cells := lab.Cells(number(row.ID), row.Name, "", contact, row.Comments, formatTime(row.DateModified))
	cells[2] = standingCell(row.Standing)
	of := number(row.ID)
	return lab.Row{Cells: cells, Buttons: []lab.Button{
		{Label: "Rename", Action: "rename-company", Input: input("id", of), Prompt: "name", Default: row.Name},
		{Label: "Edit comments", Action: "edit-company-comments", Input: input("id", of), Prompt: "comments", Default: row.Comments},
		{Label: "Merge into", Action: "merge-companies", Input: input("from", of), Prompt: "into"},
		{Label: "Delete", Action: "delete-company", Input: input("id", of), Danger: true},
	}}
}

func (v *view) contactRow(row *Contact) lab.Row {
	cells := lab.Cells(number(row.ID), row.Firstname+" "+row.Surname, row.Email, "")
	cells[3] = standingCell(row.Standing)
	return lab.Row{Cells: cells, Buttons: []lab.Button{
		{Label: "Edit first name", Action: "edit-contact", Input: input("id", number(row.ID)), Prompt: "firstname", Default: row.Firstname},
		{Label: "Edit surname", Action: "edit-contact", Input: input("id", number(row.ID)), Prompt: "surname", Default: row.Surname},
	}}
}

func (v *view) requestRow(row *Request) lab.Row {
	claimer, kind, company, convertedTo := "", "", "", ""
	if staff := v.world.staff.get(row.ClaimerID); staff != nil {
		claimer = staff.Firstname + " " + staff.Surname
	}
	if found := v.world.requestTypes.get(row.TypeID); found != nil {
		kind = found.Title
	}
	if affiliation := v.world.affiliations.get(row.AffiliationID); affiliation != nil {
		company, _ = v.world.title("company", affiliation.CompanyID)
	}
	if row.ConversionID != 0 {
		convertedTo = row.ConversionType + " " + number(row.ConversionID)
	}
	notes := 0
	for _, activity := range v.world.activities.rows {
		if activity.AgainstType == "request" && activity.AgainstID == row.ID && activity.Medium == "note" {
			notes++
		}
	}
	var linked []string
	for _, link := range v.world.assetLinks.rows {
		if title, ok := v.world.title("asset", link.AssetID); ok && link.LinkedType == "request" && link.LinkedID == row.ID {
			linked = append(linked, title)
		}
	}
	cells := lab.Cells(number(row.ID), row.Title, "", company, kind, claimer, convertedTo, strconv.Itoa(notes), strings.Join(linked, ", "))
	cells[2] = standingCell(row.Standing)
	of := number(row.ID)
	return lab.Row{Cells: cells, Buttons: []lab.Button{
		{Label: "Claim", Action: "claim-request", Input: input("id", of, "staff", number(v.world.staff.rows[1].ID))},
		{Label: "Close", Action: "close-request", Input: input("id", of)},
		{Label: "Reopen", Action: "reopen-request", Input: input("id", of)},
		{Label: "Convert to", Action: "convert-request", Input: input("id", of), Prompt: "target", Default: "issue"},
	}}
}

func (v *view) assetRow(row *Asset) lab.Row {
	kind := ""
	if found := v.world.assetTypes.get(row.TypeID); found != nil {
		kind = found.Title
	}
	company, _ := v.world.title(row.AgainstType, row.AgainstID)
	var values []string
	for _, value := range v.world.valuesOf[objectKey{extensions, "asset", row.ID}] {
		if f := v.world.fields.get(value.FieldID); f != nil {
			values = append(values, f.Name+": "+value.Value)
		}
	}
	cells := lab.Cells(number(row.ID), row.Title, kind, company, "", strings.Join(values, "; "))
	cells[4] = standingCell(row.Standing)
	return lab.Row{Cells: cells, Buttons: []lab.Button{
		{Label: "Rename", Action: "edit-asset-title", Input: input("id", number(row.ID)), Prompt: "title", Default: row.Title},
		{Label: "Delete", Action: "delete-asset", Input: input("id", number(row.ID)), Danger: true},
	}}
}

func (v *view) activityRow(row *Activity) lab.Row {
	return lab.Row{Cells: lab.Cells(number(row.ID), row.Subject, slashed(row.AgainstType, row.AgainstID), row.Medium, row.Visibility,
		row.Body, formatTime(row.DateCreated))}
}

func (s *Simulator) subscriptionTable() lab.Table {
	columns := []string{"ID", "Event", "URL", "Content type", "Timeouts"}
	render := func(row *Subscription) lab.Row {
		return lab.Row{
			Cells:   lab.Cells(row.ID, row.EventID, row.TriggerURL, row.ContentType, strconv.Itoa(row.Timeouts)),
			Buttons: []lab.Button{{Label: "Delete", Action: "delete-subscription", Input: input("id", row.ID), Danger: true}},
		}
	}
	return lab.Table{Name: "subscriptions", Title: "Subscriptions", Columns: columns, Rows: func(query string, offset, limit int) ([]lab.Row, int) {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return lab.PageRows(slices.All(s.world.subscriptions), render, query, offset, limit)
	}}
}

func (s *Simulator) trialTable() lab.Table {
	columns := []string{"Deployment", "Company", "First user", "Address"}
	render := func(t Trial) lab.Row {
		return lab.Row{
			Cells:   lab.Cells(t.Deployment, t.Company, t.Email, t.URL),
			Buttons: []lab.Button{{Label: "End", Action: "end-trial", Input: input("deployment", t.Deployment), Danger: true}},
		}
	}
	return lab.Table{Name: "trials", Title: "Trials", Columns: columns, Rows: func(query string, offset, limit int) ([]lab.Row, int) {
		return lab.PageRows(slices.All(s.Trials()), render, query, offset, limit)
	}}
}
