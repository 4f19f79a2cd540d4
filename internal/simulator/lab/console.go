package lab

import (
	"embed"
	"encoding/json"
	"html/template"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

//go:embed console
var consoleFiles embed.FS

// rowsPerPage is the page size of the console's tables.
const rowsPerPage = 50

// Stat is one figure in the console's summary.
type Stat struct {
	Label string
	Value string
}

// Table is one of the console's tables.
type Table struct {
	// Name is the path: /_lab/console/tables/{Name}.
	Name string
	// Title and Columns are the headings.
	Title   string
	Columns []string
	// Rows returns up to limit rows that contain the query, starting at offset, and the total number of such rows. [PageRows]
	// implements it for a list of rows.
	Rows func(query string, offset, limit int) (rows []Row, total int)
}

// Row is one row of a table.
type Row struct {
	Cells   []Cell
	Buttons []Button
}

// Cell is one cell. The template escapes its text.
type Cell struct {
	Text string
	// Badge colors the text: "good", "warn", "bad" or "neutral". Empty means no color.
	Badge string
}

// Button posts to an action.
type Button struct {
	Label string
	// Action is the action's name, and Input is sent to it.
	Action string
	Input  map[string]string
	// Prompt names a member that the user is asked for; empty asks for nothing. Default is its suggested value.
	Prompt  string
	Default string
	// Danger asks for confirmation first.
	Danger bool
}

// Cells returns plain cells.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, 0, len(texts))
	for _, text := range texts {
		cells = append(cells, Cell{Text: text})
	}
	return cells
}

// contains reports whether a cell of the row contains a text, ignoring case.
func (r Row) contains(query string) bool {
	query = strings.ToLower(query)
	return slices.ContainsFunc(r.Cells, func(c Cell) bool { return strings.Contains(strings.ToLower(c.Text), query) })
}

// PageRows returns up to limit rows that contain the query, starting at offset, and the total number of such rows.
// Without a query it renders only the rows of that page.
func PageRows[T any](items iter.Seq2[int, T], render func(T) Row, query string, offset, limit int) (page []Row, total int) {
	for _, item := range items {
		onPage := total >= offset && total < offset+limit
		if query == "" && !onPage {
			total++
			continue
		}
		row := render(item)
		if !row.contains(query) {
			continue
		}
		if onPage {
			page = append(page, row)
		}
		total++
	}
	return page, total
}

// consolePage is the data of the templates.
type consolePage struct {
	Name   string
	Active string
	Tables []Table

	Summary []Stat

	Table    Table
	Rows     []Row
	Query    string
	Total    int
	From, To int
	Previous string
	Next     string

	Groups     []actionGroup
	Faults     []Fault
	Kinds      []FaultKind
	Latency    latencySetting
	Deliveries []DeliveryResult
	Violations []Violation
}

type actionGroup struct {
	Title   string
	Actions []Action
}

// console adds the console's pages and assets to the mux.
func (l *Lab) console(mux *http.ServeMux) {
	// The templates are embedded, so Must can only fail in this package's tests.
	pages := template.Must(template.New("console").Funcs(template.FuncMap{
		"json": inputJSON, "short": shorten,
	}).ParseFS(consoleFiles, "console/*.html"))
	page := func(pattern, name string, fill func(r *http.Request, p *consolePage) bool) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			data := consolePage{Name: l.options.Name, Active: name, Tables: l.options.Tables}
			if !fill(r, &data) {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'")
			_ = pages.ExecuteTemplate(w, name+".html", data)
		})
	}
	page("GET /_lab/console", "overview", l.fillOverview)
	page("GET /_lab/console/tables/{table}", "table", l.fillTable)
	page("GET /_lab/console/actions", "actions", l.fillActions)
	page("GET /_lab/console/faults", "faults", l.fillFaults)
	page("GET /_lab/console/deliveries", "deliveries", l.fillDeliveries)
	mux.Handle("GET /_lab/assets/", http.StripPrefix("/_lab/assets/", assets()))
}

// inputJSON encodes a button's input for console.js.
func inputJSON(input map[string]string) (string, error) {
	encoded, err := json.Marshal(input)
	return string(encoded), err
}

// cellLength is the number of characters that a table shows of a text.
const cellLength = 48

func shorten(text string) string {
	if runes := []rune(text); len(runes) > cellLength {
		return string(runes[:cellLength]) + "…"
	}
	return text
}

// assets serves the style sheet and the script.
func assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains([]string{"console.css", "console.js"}, r.URL.Path) {
			http.NotFound(w, r)
			return
		}
		http.ServeFileFS(w, r, consoleFiles, "console/"+r.URL.Path)
	})
}

func (l *Lab) fillOverview(_ *http.Request, p *consolePage) bool {
	if l.options.Summary != nil {
		p.Summary = l.options.Summary()
	}
	return true
}

func (l *Lab) fillTable(r *http.Request, p *consolePage) bool {
	at := slices.IndexFunc(l.options.Tables, func(t Table) bool { return t.Name == r.PathValue("table") })
	if at < 0 {
		return false
	}
	p.Table = l.options.Tables[at]
	p.Query = r.URL.Query().Get("q")
	offset, err := strconv.Atoi(r.URL.Query().Get("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	p.Rows, p.Total = p.Table.Rows(p.Query, offset, rowsPerPage)
	p.From, p.To = min(offset+1, p.Total), min(offset+len(p.Rows), p.Total)
	if offset > 0 {
		p.Previous = strconv.Itoa(max(0, offset-rowsPerPage))
	}
	if p.To < p.Total {
		p.Next = strconv.Itoa(offset + rowsPerPage)
	}
	return true
}

func (l *Lab) fillActions(_ *http.Request, p *consolePage) bool {
	for _, action := range l.options.Actions {
		at := slices.IndexFunc(p.Groups, func(g actionGroup) bool { return g.Title == action.Group })
		if at < 0 {
			at = len(p.Groups)
			p.Groups = append(p.Groups, actionGroup{Title: action.Group})
		}
		p.Groups[at].Actions = append(p.Groups[at].Actions, action)
	}
	return true
}

func (l *Lab) fillFaults(_ *http.Request, p *consolePage) bool {
	p.Faults, p.Kinds, p.Latency = l.Faults.List(), l.Faults.Kinds(), l.latency()
	return true
}

func (l *Lab) fillDeliveries(_ *http.Request, p *consolePage) bool {
	p.Deliveries, p.Violations = l.Webhooks.Log(200), l.Calls.Violations()
	return true
}
