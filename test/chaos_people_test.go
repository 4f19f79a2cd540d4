package test

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/simulator/accelo"
)

// What people do besides closing, reopening and converting requests, as the simulator names it.
const (
	actTriage = "edit-request"
	actDelete = "delete-request"
)

// edits are values that people wrote in Accelo. They have to stay.
type edits struct {
	// assetTitles and companyComments by id.
	assetTitles, companyComments map[int64]string
	// triaged are the requests that someone moved to another type and contact, with another title.
	triaged map[int64]bool
	// deleted are the faults of which someone deleted a request.
	deleted map[string]bool
}

func newEdits() *edits {
	return &edits{assetTitles: map[int64]string{}, companyComments: map[int64]string{}, triaged: map[int64]bool{}, deleted: map[string]bool{}}
}

func (e *edits) count() int {
	return len(e.assetTitles) + len(e.companyComments) + len(e.triaged) + len(e.deleted)
}

// linkedAssets are the assets that the product knows. One whose create reply was lost is still searched by its title, so a new title would
// hide it (see docs/reliability.md, "What isn't covered").
func (c *chaosRun) linkedAssets() map[int64]bool {
	c.t.Helper()
	linked := map[int64]bool{}
	database, err := pgx.Connect(c.ctx, c.database)
	if err != nil {
		return linked // it is being restarted
	}
	defer func() { _ = database.Close(c.ctx) }()
	rows, err := database.Query(c.ctx, `SELECT accelo_id FROM links WHERE kind = 'device' AND state = 'linked'`)
	if err != nil {
		return linked
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return map[int64]bool{}
	}
	for _, id := range ids {
		linked[id] = true
	}
	return linked
}

// editRecords lets people rename assets and rewrite comments of companies that the product made, also while it is making others.
func (c *chaosRun) editRecords(times int) {
	c.t.Helper()
	world, linked := c.accelo.state(), c.linkedAssets()
	assets := slices.DeleteFunc(world.Assets, func(a accelo.Asset) bool { return !linked[a.ID] })
	companies := slices.DeleteFunc(world.Companies, func(company accelo.Company) bool {
		return slices.ContainsFunc(c.initial.Companies, func(before accelo.Company) bool { return before.ID == company.ID })
	})
	for range times {
		c.ledger.events++
		if c.random.IntN(3) > 0 && len(assets) > 0 {
			id, title := assets[c.random.IntN(len(assets))].ID, fmt.Sprintf("Rack %d", c.random.IntN(1000))
			if c.accelo.tryAct("edit-asset-title", map[string]any{"id": id, "title": title}) {
				c.edits.assetTitles[id] = title
			}
		} else if len(companies) > 0 {
			id, comments := companies[c.random.IntN(len(companies))].ID, fmt.Sprintf("Call first. %d", c.random.IntN(1000))
			if c.accelo.tryAct("edit-company-comments", map[string]any{"id": id, "comments": comments}) {
				c.edits.companyComments[id] = comments
			}
		}
	}
}

// triageRequest moves a request to another type, contact and title, which no webhook reports.
func (c *chaosRun) triageRequest(request accelo.Request) {
	c.t.Helper()
	world := c.accelo.state()
	contact := world.Affiliations[c.random.IntN(len(world.Affiliations))].ID
	kind := world.RequestTypes[c.random.IntN(len(world.RequestTypes))].ID
	if c.accelo.tryAct(actTriage, map[string]any{"id": request.ID, "title": "Triaged: " + request.Title, "type_id": kind, "affiliation_id": contact}) {
		c.edits.triaged[request.ID] = true
		c.ledger.events++
	}
}

// deleteRequest deletes a request. Its alerts then stay without one until they repeat.
func (c *chaosRun) deleteRequest(request accelo.Request) {
	c.t.Helper()
	fired := c.ledger.alerts[alertUIDsIn(request)[0]]
	if c.accelo.tryAct(actDelete, map[string]any{"id": request.ID}) {
		c.edits.deleted[fired.fault] = true
		c.ledger.events++
	}
}
