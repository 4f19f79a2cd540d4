package simulation

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/test/simulation/server"
)

// What operators and the people who tidy up Accelo do.
const (
	importHesitates   = "an operator starts an import, pauses it, resumes it and pauses it"
	importPaused      = "an operator pauses the import"
	importResumed     = "an operator resumes the import"
	companiesMerged   = "a person merges the company of an organization into another and deletes its contact"
	companyRecreation = "an operator recreates the company of an organization"
)

var onOperators = []string{importHesitates, importPaused, importResumed, companiesMerged, companyRecreation}

// operate lets an operator act.
func (l *life) operate(a act) string {
	switch a.name {
	case importHesitates:
		if _, err := l.launcher.FullImport(l.background(), connection, false); err != nil {
			return ""
		}
		l.signal(flow.PauseSignal)
		l.signal(flow.ResumeSignal)
		l.signal(flow.PauseSignal)
		return a.name
	case importPaused:
		if !l.signal(flow.PauseSignal) {
			return ""
		}
		return a.name
	case importResumed:
		if !l.signal(flow.ResumeSignal) {
			return ""
		}
		return a.name
	case companiesMerged:
		return l.merge(a)
	case companyRecreation:
		return l.recreate(a)
	}
	return ""
}

// signal sends a signal to the running import. An organization that is being imported is finished, so the last word of an operator is
// only a promise while there is none.
func (l *life) signal(name string) bool {
	if err := l.client.SignalWorkflow(l.background(), flow.FullImportID(connection), "", name, nil); err != nil {
		return false
	}
	l.people.paused = time.Time{}
	working := slices.ContainsFunc(l.temporal.Executions(), func(e server.Execution) bool {
		return e.Open && (e.Type == flow.ImportOrganization || e.Type == flow.Reconcile)
	})
	if name == flow.PauseSignal && !working {
		l.people.paused = time.Now()
	}
	return true
}

// resume lets a paused import go on.
func (l *life) resume() {
	if l.plan.operators {
		l.signal(flow.ResumeSignal)
	}
}

// observePause checks that a paused import writes nothing.
func (l *life) observePause(who *actor, vendor string, request *http.Request) {
	if l.people.paused.IsZero() || vendor != "accelo" || request.Method == http.MethodGet || who == nil {
		return
	}
	if strings.HasPrefix(who.name, strings.TrimSuffix(flow.ImportOrganizationID(connection, 0), "0")) {
		l.problemf("wrong: an import that an operator had paused wrote to Accelo")
	}
}

// merge merges the company of an organization into that of another one. Only what an import has linked before can be followed.
func (l *life) merge(a act) string {
	organizations := l.ninjaOne.Snapshot().Organizations
	from := organizations[a.choice%uint64(len(organizations))]
	into := organizations[(a.choice+1)%uint64(len(organizations))]
	merged, survivor := l.companyOf(from.ID), l.companyOf(into.ID)
	if !l.plan.imported || merged == 0 || survivor == 0 || l.people.added[merged] || l.people.added[survivor] || !l.hasAssets(merged) {
		return ""
	}
	var contacts []int64
	for _, affiliation := range l.accelo.Snapshot().Affiliations {
		if affiliation.CompanyID == merged {
			contacts = append(contacts, affiliation.ContactID)
		}
	}
	if err := l.accelo.MergeCompanies(merged, survivor); err != nil {
		return ""
	}
	l.people.merged[from.ID] = true
	for _, contact := range contacts {
		if err := l.accelo.DeleteContact(contact); err != nil {
			l.problemf("%v", err)
		}
	}
	return l.done(nil, "a person merges company %d of organization %d into company %d and deletes its contact", merged, from.ID, survivor)
}

func (l *life) hasAssets(company int64) bool {
	return slices.ContainsFunc(l.accelo.Snapshot().Assets, func(asset accelo.Asset) bool { return asset.AgainstID == company })
}

// recreate runs `starter recreate` for an organization whose company is gone.
func (l *life) recreate(a act) string {
	for _, organization := range l.ninjaOne.Snapshot().Organizations {
		if !l.people.merged[organization.ID] {
			continue
		}
		corrector := corrections.New(l.store, l.tenants.Ready, "operator")
		l.deliveries.Go(func() {
			_, err := corrector.Recreate(l.background(), store.KeyOf(connection, store.Organizations, organization.ID))
			l.tracef("    recreating organization %d: %v", organization.ID, err)
		})
		return a.name + " " + strconv.Itoa(organization.ID)
	}
	return ""
}

// observeRecreation checks that no company is created for an organization whose company lives on in another one.
func (l *life) observeRecreation(form url.Values) {
	for _, organization := range l.ninjaOne.Snapshot().Organizations {
		if l.people.merged[organization.ID] && plain(form.Get("name")) == plain(organization.Name) {
			l.problemf("twice: we created the company of an organization that had been merged into another one")
		}
	}
}
