package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

const (
	besideOrganizations = "organizations"
	// maxFile bounds a CSV file, in bytes.
	maxFile = 2 << 20
)

// backToOrganizations leads back to the organizations that were shown.
func backToOrganizations(b press) string {
	query, err := url.ParseQuery(strings.TrimPrefix(b.Form.Get("at"), "?"))
	if err != nil {
		return ""
	}
	return organizationsAddress(query)
}

func besideOrganization(b press) string { return organizationPart(b.Form.Get("ninja_id")) }

func (p *Pages) matchOrganizations(ctx context.Context, b press) (string, error) {
	found, err := p.operations.MatchOrganizations(ctx, b.Actor, b.Connection.Connection)
	if err != nil {
		return "", err
	}
	text := "No organization needs a proposal."
	if found.Proposed > 0 {
		text = "Proposed a " + b.Connection.Labels.Company.Singular() + " for " + rules.Count(found.Proposed, "organization") +
			". Nothing is linked until you confirm."
	}
	if found.Unmatched > 0 {
		text += fmt.Sprintf(" %s without a match: the next import creates a %s for each.", rules.Count(found.Unmatched, "organization"),
			b.Connection.Labels.Company.Singular())
	}
	return text, nil
}

// confirmMatches confirms only what the page has shown.
func (p *Pages) confirmMatches(ctx context.Context, b press) (string, error) {
	shown, err := time.Parse(time.RFC3339Nano, b.Form.Get("shown"))
	if err != nil {
		return "", &operate.InvalidError{Member: "shown", Reason: "this form doesn't say what it confirms; look at the table and confirm it again"}
	}
	count, err := p.operations.ConfirmMatches(ctx, b.Actor, b.Connection.Connection, shown)
	if err != nil {
		return "", err
	}
	return "Confirmed " + rules.Count(count, "match", "matches") + ". The next import links them.", nil
}

// changeOrganization switches an organization, or changes its company and contact.
func (p *Pages) changeOrganization(ctx context.Context, b press) (string, error) {
	wish := operate.OrganizationWish{NinjaID: b.Form.Get("ninja_id")}
	if b.Form.Has("sync") {
		on := b.Form.Get("sync") == "on"
		wish.Sync = &on
	}
	for member, target := range map[string]**int64{"company_id": &wish.CompanyID, "affiliation_id": &wish.AffiliationID} {
		if !b.Form.Has(member) {
			continue
		}
		id, err := idIn(b.Form.Get(member))
		if err != nil {
			return "", &operate.InvalidError{Member: member, Reason: err.Error()}
		}
		*target = &id
	}
	changed, err := p.operations.SetOrganization(ctx, b.Actor, b.Connection.Connection, wish)
	switch {
	case err != nil:
		return "", err
	case wish.Sync != nil && !*wish.Sync:
		return "Switched off. What was imported stays; nothing more is created or changed for it.", nil
	case wish.Sync != nil:
		return "Switched on. The next import or reconciliation brings everything in.", nil
	case changed.Linked():
		return "Saved. The next sync uses it.", nil
	}
	return "Saved. The next import links it.", nil
}

// idIn reads an id that a user typed; nothing is 0.
func idIn(text string) (int64, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0, fmt.Errorf("%q is not an Accelo ID (use the number in the page's URL)", text)
	}
	return id, nil
}

// exportOrganizations sends all organizations as a CSV file.
func (p *Pages) exportOrganizations(w http.ResponseWriter, r *http.Request, c status.Connection) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	var file strings.Builder
	if err := p.operations.ExportOrganizations(ctx, actorOf(r), c.Connection, &file); err != nil {
		p.logReadError(r, err)
		p.renderUnavailable(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="organizations.csv"`)
	// This fails only if the browser has disconnected.
	_, _ = io.WriteString(w, file.String())
}

// fileView is what a CSV file would change.
type fileView struct {
	Name   string
	Labels store.Labels
	operate.OrganizationsFile
}

// importOrganizations shows what a CSV file would change, or which of its lines are wrong. It changes nothing.
func (p *Pages) importOrganizations(w http.ResponseWriter, r *http.Request, c status.Connection) {
	back := connectionPath(c.Connection, "organizations")
	refuse := func(text string) {
		p.sendBack(w, r, back, message{At: besideOrganizations, Text: text, Problem: true})
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	file, _, err := r.FormFile("file")
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		refuse("The file is too large: at most 2 MB.")
		return
	case err != nil:
		refuse("Choose a CSV file first.")
		return
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(file)
	if err != nil {
		refuse("The file could not be read. Try again.")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	planned, err := p.operations.PlanOrganizations(ctx, actorOf(r), c.Connection, content)
	switch {
	case err != nil:
		p.logger.WarnContext(r.Context(), "cannot check a file of organizations", "error", err)
		refuse(problemText(err))
	case len(planned.Faults) == 0 && len(planned.Changes) == 0:
		p.sendBack(w, r, back, message{At: besideOrganizations, Text: "Checked " + rules.Count(planned.Lines, "line") + ": nothing to change."})
	default:
		p.renderTab(w, r, c, organizationsTab, "organizations_file", fileView{Name: c.Connection, Labels: c.Labels, OrganizationsFile: planned})
	}
}

// applyOrganizations changes what a file that was shown says.
func (p *Pages) applyOrganizations(w http.ResponseWriter, r *http.Request, c status.Connection) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	m := message{At: besideOrganizations}
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	if err := r.ParseForm(); err != nil {
		m.Text, m.Problem = "Something went wrong submitting the form. Try again.", true
	} else if count, err := p.operations.ApplyOrganizations(ctx, actorOf(r), c.Connection, []byte(r.PostForm.Get("file")),
		r.PostForm.Get("digest")); err != nil {
		p.logger.WarnContext(r.Context(), "cannot apply a file of organizations", "error", err)
		m.Text, m.Problem = problemText(err), true
	} else {
		m.Text = "Changed " + rules.Count(count, "organization") + "."
	}
	p.sendBack(w, r, connectionPath(c.Connection, "organizations"), m)
}
