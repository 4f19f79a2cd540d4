package accelo

import "slices"

// World is a copy of all data of the deployment, as returned by GET /_lab/state.
type World struct {
	Deployment    string            `json:"deployment"`
	Mode          Mode              `json:"mode"`
	Switches      Switches          `json:"switches"`
	Rate          RateStatus        `json:"rate"`
	Titles        map[string]Titles `json:"titles"`
	Statuses      []Status          `json:"statuses"`
	Staff         []Staff           `json:"staff"`
	Companies     []Company         `json:"companies"`
	Contacts      []Contact         `json:"contacts"`
	Affiliations  []Affiliation     `json:"affiliations"`
	RequestTypes  []RequestType     `json:"request_types"`
	Priorities    []Priority        `json:"priorities"`
	Requests      []Request         `json:"requests"`
	AssetTypes    []AssetType       `json:"asset_types"`
	Assets        []Asset           `json:"assets"`
	AssetLinks    []AssetLink       `json:"asset_links"`
	CustomFields  []CustomField     `json:"custom_fields"`
	CustomValues  []CustomValue     `json:"custom_values"`
	Issues        []Work            `json:"issues"`
	Jobs          []Work            `json:"jobs"`
	Prospects     []Work            `json:"prospects"`
	Activities    []Activity        `json:"activities"`
	Subscriptions []Subscription    `json:"subscriptions"`
	// Trials are the deployments that were signed up for here.
	Trials []Trial `json:"trials"`
	// Merged maps the ID of a merged company to the company it was merged into.
	Merged map[int64]int64 `json:"merged"`
}

// Snapshot returns a copy of all data.
func (s *Simulator) Snapshot() World {
	trials := s.Trials()
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.world
	snapshot := World{
		Deployment: s.options.Deployment, Mode: s.mode, Switches: s.switches, Rate: s.rate.status(), Titles: map[string]Titles{},
		Statuses: w.statuses.copies(), Staff: w.staff.copies(), Companies: w.companies.copies(), Contacts: w.contacts.copies(),
		Affiliations: w.affiliations.copies(), RequestTypes: w.requestTypes.copies(), Priorities: w.priorities.copies(),
		Requests: w.requests.copies(), AssetTypes: w.assetTypes.copies(), Assets: w.assets.copies(),
		AssetLinks: w.assetLinks.copies(), CustomFields: w.fields.copies(), CustomValues: w.values.copies(),
		Issues: w.issues.copies(), Jobs: w.jobs.copies(), Prospects: w.prospects.copies(), Activities: w.activities.copies(),
		Subscriptions: make([]Subscription, 0, len(w.subscriptions)), Merged: map[int64]int64{},
		Trials: trials,
	}
	for i := range snapshot.CustomFields {
		snapshot.CustomFields[i].Options = slices.Clone(snapshot.CustomFields[i].Options)
	}
	for _, subscription := range w.subscriptions {
		shown := *subscription
		shown.secret = ""
		snapshot.Subscriptions = append(snapshot.Subscriptions, shown)
	}
	for from, into := range w.survivors {
		snapshot.Merged[from] = into
	}
	for name, titles := range w.titles {
		snapshot.Titles[name] = titles
	}
	return snapshot
}

// FieldValues returns the extension values of an asset by field name.
func (w World) FieldValues(assetID int64) map[string]string {
	names := map[int64]string{}
	for _, f := range w.CustomFields {
		if f.Family == extensions && f.LinkType == "asset" {
			names[f.ID] = f.Name
		}
	}
	values := map[string]string{}
	for _, v := range w.CustomValues {
		if v.Family == extensions && v.LinkType == "asset" && v.LinkID == assetID {
			values[names[v.FieldID]] = v.Value
		}
	}
	return values
}
