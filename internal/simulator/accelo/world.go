package accelo

// world holds the data of the deployment, guarded by the simulator's lock.
type world struct {
	statuses     table[Status]
	staff        table[Staff]
	companies    table[Company]
	contacts     table[Contact]
	affiliations table[Affiliation]
	requestTypes table[RequestType]
	priorities   table[Priority]
	requests     table[Request]
	assetTypes   table[AssetType]
	assets       table[Asset]
	assetLinks   table[AssetLink]
	fields       table[CustomField]
	values       table[CustomValue]
	issues       table[Work]
	jobs         table[Work]
	prospects    table[Work]
	activities   table[Activity]

	// valuesOf maps an object to its custom values, sorted by ID.
	valuesOf map[objectKey][]*CustomValue
	// survivors maps a merged company to the company it was merged into.
	survivors     map[int64]int64
	subscriptions []*Subscription
	titles        map[string]Titles
	// events are sent once the lock is released.
	events []event
}

// objectKey identifies an object within a family of custom fields.
type objectKey struct {
	family, kind string
	id           int64
}

// event is a change to deliver to its subscribers.
type event struct {
	name, resource string
	id             int64
}

func newWorld() *world {
	return &world{
		statuses:     newTable(1, func(r *Status) *int64 { return &r.ID }),
		staff:        newTable(14, func(r *Staff) *int64 { return &r.ID }),
		companies:    newTable(1001, func(r *Company) *int64 { return &r.ID }),
		contacts:     newTable(20001, func(r *Contact) *int64 { return &r.ID }),
		affiliations: newTable(40001, func(r *Affiliation) *int64 { return &r.ID }),
		requestTypes: newTable(1, func(r *RequestType) *int64 { return &r.ID }),
		priorities:   newTable(1, func(r *Priority) *int64 { return &r.ID }),
		requests:     newTable(31, func(r *Request) *int64 { return &r.ID }),
		assetTypes:   newTable(2, func(r *AssetType) *int64 { return &r.ID }),
		assets:       newTable(3001, func(r *Asset) *int64 { return &r.ID }),
		assetLinks:   newTable(501, func(r *AssetLink) *int64 { return &r.ID }),
		fields:       newTable(71, func(r *CustomField) *int64 { return &r.ID }),
		values:       newTable(80001, func(r *CustomValue) *int64 { return &r.ID }),
		issues:       newTable(601, func(r *Work) *int64 { return &r.ID }),
		jobs:         newTable(701, func(r *Work) *int64 { return &r.ID }),
		prospects:    newTable(801, func(r *Work) *int64 { return &r.ID }),
		activities:   newTable(100001, func(r *Activity) *int64 { return &r.ID }),
		valuesOf:     map[objectKey][]*CustomValue{},
		survivors:    map[int64]int64{},
		titles:       defaultTitles(),
	}
}

// fire queues an event for its subscribers.
func (w *world) fire(name, resource string, id int64) {
	w.events = append(w.events, event{name: name, resource: resource, id: id})
}

// work returns the table of issues, jobs or prospects, or nil for another kind.
func (w *world) work(kind string) *table[Work] {
	switch kind {
	case "issue":
		return &w.issues
	case "job":
		return &w.jobs
	case "prospect":
		return &w.prospects
	default:
		return nil
	}
}

// exists reports whether an object exists. The kind is a singular object type.
func (w *world) exists(kind string, id int64) bool {
	switch kind {
	case "company":
		return w.companies.get(id) != nil
	case "contact":
		return w.contacts.get(id) != nil
	case "affiliation":
		return w.affiliations.get(id) != nil
	case "request":
		return w.requests.get(id) != nil
	case "asset":
		return w.assets.get(id) != nil
	case "staff":
		return w.staff.get(id) != nil
	}
	if rows := w.work(kind); rows != nil {
		return rows.get(id) != nil
	}
	return false
}

// statusFor returns the status of an object type by ID or, if that is 0, by standing. Without either it uses the fallback
// standing.
func (w *world) statusFor(object string, id int64, standing, fallback string) (*Status, error) {
	if id > 0 {
		if status := w.statuses.get(id); status != nil && status.Object == object {
			return status, nil
		}
		return nil, invalid("The status_id %d does not exist.", id)
	}
	if standing == "" {
		standing = fallback
	}
	for _, status := range w.statuses.rows {
		if status.Object == object && status.Standing == standing {
			return status, nil
		}
	}
	return nil, invalid("The standing %q is not valid for a %s.", standing, object)
}

// breadcrumbs returns the parents of an object, starting with its direct parent (accelo.md 4.2).
func (w *world) breadcrumbs(kind string, id int64) list {
	crumbs := list{}
	for range maxDepth {
		parentKind, parentID := w.parent(kind, id)
		title, ok := w.title(parentKind, parentID)
		if !ok {
			return crumbs
		}
		crumbs = append(crumbs, object{{"id", number(parentID)}, {"table", parentKind}, {"title", title}})
		kind, id = parentKind, parentID
	}
	return crumbs
}

// parent returns the object that an object belongs to.
func (w *world) parent(kind string, id int64) (string, int64) {
	switch kind {
	case "asset":
		if asset := w.assets.get(id); asset != nil {
			return asset.AgainstType, asset.AgainstID
		}
	case "request":
		if request := w.requests.get(id); request != nil {
			if affiliation := w.affiliations.get(request.AffiliationID); affiliation != nil {
				return "company", affiliation.CompanyID
			}
		}
	case "activity":
		if activity := w.activities.get(id); activity != nil {
			return activity.AgainstType, activity.AgainstID
		}
	default:
		if rows := w.work(kind); rows != nil && rows.get(id) != nil {
			row := rows.get(id)
			return row.AgainstType, row.AgainstID
		}
	}
	return "", 0
}

// title returns the title or name of an object and whether it exists.
func (w *world) title(kind string, id int64) (string, bool) {
	switch kind {
	case "company":
		if company := w.companies.get(id); company != nil {
			return company.Name, true
		}
	case "contact":
		if contact := w.contacts.get(id); contact != nil {
			return contact.Firstname + " " + contact.Surname, true
		}
	case "request":
		if request := w.requests.get(id); request != nil {
			return request.Title, true
		}
	case "asset":
		if asset := w.assets.get(id); asset != nil {
			return asset.Title, true
		}
	default:
		if rows := w.work(kind); rows != nil && rows.get(id) != nil {
			return rows.get(id).Title, true
		}
	}
	return "", false
}
