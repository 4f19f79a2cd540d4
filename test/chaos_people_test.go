package test

import (
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
)

// people is what users did in Accelo besides closing, reopening and converting requests. All of it has to stay.
type people struct {
	// triaged are the requests that someone moved to another type and contact, with another title.
	triaged map[int64]bool
	// deleted are the faults of which someone deleted a request.
	deleted map[string]bool
	// requests are those that someone entered by hand.
	requests map[int64]accelo.Request

	// names, comments and titles are what someone last wrote, by the id of the company or asset.
	names, comments, titles map[int64]string
	// called is how a company was called before someone renamed, merged or deleted it.
	called map[int64]string
	// companies and assets are those that someone created.
	companies, assets map[int64]handmade
	// merged are the companies that a company was merged into, deletedCompanies and deletedAssets what no longer exists; the assets
	// by the page of their device.
	merged           map[int64]int64
	deletedCompanies map[int64]bool
	deletedAssets    map[string]bool
	// untraceable are the companies that were merged before they had anything that shows where they went.
	untraceable map[int64]bool
	// moved are the companies that assets were moved to.
	moved map[int64]int64
}

// handmade is a record that someone created in Accelo.
type handmade struct {
	name    string
	company int64
	at      time.Time
	// first is set if NinjaOne did not have the record yet.
	first bool
}

func newPeople() *people {
	return &people{
		triaged: map[int64]bool{}, deleted: map[string]bool{}, requests: map[int64]accelo.Request{},
		names: map[int64]string{}, comments: map[int64]string{}, titles: map[int64]string{}, called: map[int64]string{},
		companies: map[int64]handmade{}, assets: map[int64]handmade{}, merged: map[int64]int64{},
		deletedCompanies: map[int64]bool{}, deletedAssets: map[string]bool{}, untraceable: map[int64]bool{}, moved: map[int64]int64{},
	}
}

// survivor returns the company that a company has been merged into, or the company itself.
func (p *people) survivor(company int64) int64 {
	for p.merged[company] != 0 {
		company = p.merged[company]
	}
	return company
}

// someoneHasToDecide reports whether records may fail until someone decides what becomes of them.
func (p *people) someoneHasToDecide() bool {
	return len(p.deletedCompanies)+len(p.deletedAssets)+len(p.untraceable) > 0
}

// seenWorld is what Accelo held when a round began, or later, with the device page of each asset.
type seenWorld struct {
	accelo.World
	pages map[int64]string
}

func (c *chaosRun) world() *seenWorld {
	c.t.Helper()
	if c.seen == nil {
		world := c.accelo.state()
		c.seen = &seenWorld{world, assetPages(world)}
	}
	return c.seen
}

// oneOf returns a random element, or nil if there is none.
func oneOf[T any](c *chaosRun, all []T, fits func(T) bool) *T {
	var fitting []T
	for _, one := range all {
		if fits(one) {
			fitting = append(fitting, one)
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	return &fitting[c.random.IntN(len(fitting))]
}

// workOnRequest lets a technician do something with a random request.
func (c *chaosRun) workOnRequest(kind string) bool {
	c.t.Helper()
	request := oneOf(c, requestsOfLedger(c.world().World, c.ledger), func(r accelo.Request) bool {
		last, touched := c.ledger.last(r.ID)
		closed := r.Standing == "closed" || touched && last.what == actClose
		converted := r.Standing == "converted" || touched && last.what == actConvert
		return !converted && (closed || kind != stepReopen)
	})
	if request == nil {
		return false
	}
	switch kind {
	case stepTriage:
		return c.triageRequest(*request)
	case stepDeleteRequest:
		return c.deleteRequest(*request)
	case stepCloseMistaken:
		c.mistakes = append(c.mistakes, *request)
		return c.actOnRequest(*request, actClose)
	}
	return c.actOnRequest(*request, map[string]string{stepClose: actClose, stepReopen: actReopen, stepConvert: actConvert}[kind])
}

// correctMistakes reopens the requests that were closed by mistake since the last time, unless someone acted on them since.
func (c *chaosRun) correctMistakes() {
	c.t.Helper()
	for _, request := range c.mistakes {
		if last, _ := c.ledger.last(request.ID); last.what == actClose && c.actOnRequest(request, actReopen) {
			c.done[stepReopen]++
		}
	}
	c.mistakes = nil
}

func (c *chaosRun) actOnRequest(request accelo.Request, what string) bool {
	c.t.Helper()
	act := staffAction{request: request.ID, fault: c.ledger.alerts[alertUIDsIn(request)[0]].fault, what: what, at: time.Now()}
	if !c.accelo.tryAct(what, map[string]any{"id": request.ID, "target": [...]string{"issue", "job", "prospect"}[c.random.IntN(3)]}) {
		return false
	}
	c.ledger.acts = append(c.ledger.acts, act)
	return true
}

// triageRequest moves a request to another type, contact and title, which no webhook reports.
func (c *chaosRun) triageRequest(request accelo.Request) bool {
	c.t.Helper()
	world := c.world()
	contact := world.Affiliations[c.random.IntN(len(world.Affiliations))].ID
	kind := world.RequestTypes[c.random.IntN(len(world.RequestTypes))].ID
	done := c.accelo.tryAct(actTriage, map[string]any{"id": request.ID, "title": "Triaged: " + request.Title, "type_id": kind, "affiliation_id": contact})
	if done {
		c.people.triaged[request.ID] = true
	}
	return done
}

// deleteRequest deletes a request. Its alerts then stay without one until they repeat.
func (c *chaosRun) deleteRequest(request accelo.Request) bool {
	c.t.Helper()
	fired := c.ledger.alerts[alertUIDsIn(request)[0]]
	done := c.accelo.tryAct(actDelete, map[string]any{"id": request.ID})
	if done {
		c.people.deleted[fired.fault] = true
	}
	return done
}

// addRequestByHand enters a request like one that the product opens, as someone who got the alert by email would.
func (c *chaosRun) addRequestByHand() bool {
	c.t.Helper()
	like := oneOf(c, requestsOfLedger(c.world().World, c.ledger), func(r accelo.Request) bool { return r.AffiliationID != 0 })
	if like == nil {
		return false
	}
	request := accelo.Request{TypeID: like.TypeID, AffiliationID: like.AffiliationID, Title: like.Title, Body: like.Title + "\nNinjaOne sent this by email."}
	id, done := c.accelo.tryActID("add-request", map[string]any{
		"type_id": request.TypeID, "affiliation_id": request.AffiliationID, "title": request.Title, "body": request.Body,
	})
	if done { // unless the contact was deleted
		c.people.requests[id] = request
	}
	return done
}
