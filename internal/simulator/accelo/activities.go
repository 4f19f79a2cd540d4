package accelo

import (
	"slices"
	"strings"
)

func activities(w *world) *table[Activity] { return &w.activities }

// slashed renders a reference as `companies/39` or `request/32`. Accelo mixes singular and plural (accelo.md 9.1).
func slashed(kind string, id int64) string {
	switch kind {
	case "company":
		kind = "companies"
	case "activity":
		kind = "activities"
	}
	return kind + "/" + number(id)
}

// activitySchema is the activity object and its list filters (accelo.md 9.2). There is no search.
var activitySchema = &schema[Activity]{
	rows: activities,
	fields: []field[Activity]{
		num("id", byDefault, func(r *Activity) int64 { return r.ID }),
		str("subject", byDefault, func(r *Activity) string { return r.Subject }),
		{name: "confidential", value: func(_ *view, r *Activity) any { return 0 }},
		str("body", optional, func(r *Activity) string { return r.Body }),
		str("details", optional, func(r *Activity) string { return r.Details }),
		str("medium", optional, func(r *Activity) string { return r.Medium }),
		str("visibility", optional, func(r *Activity) string { return r.Visibility }),
		{name: "owner", need: optional, value: func(_ *view, r *Activity) any { return slashed(r.OwnerType, r.OwnerID) }},
		str("owner_type", optional, func(r *Activity) string { return r.OwnerType }),
		num("owner_id", optional, func(r *Activity) int64 { return r.OwnerID }),
		{name: "against", need: optional, value: func(_ *view, r *Activity) any { return slashed(r.AgainstType, r.AgainstID) }},
		str("against_type", optional, func(r *Activity) string { return r.AgainstType }),
		num("against_id", optional, func(r *Activity) int64 { return r.AgainstID }),
		{name: "thread", need: optional, value: func(_ *view, r *Activity) any { return slashed("activity", r.ThreadID) }},
		num("thread_id", optional, func(r *Activity) int64 { return r.ThreadID }),
		{name: "parent", need: optional, value: func(_ *view, r *Activity) any { return slashed("activity", r.ParentID) }},
		num("parent_id", optional, func(r *Activity) int64 { return r.ParentID }),
		num("activity_priority", optional, func(r *Activity) int64 { return r.PriorityID }),
		num("activity_class", optional, func(r *Activity) int64 { return r.ClassID }),
		num("task", optional, func(r *Activity) int64 { return r.TaskID }),
		num("billable", optional, func(r *Activity) int64 { return r.Billable }),
		num("nonbillable", optional, func(r *Activity) int64 { return r.Nonbillable }),
		day("date_started", optional, func(r *Activity) int64 { return r.DateStarted }),
		day("date_ended", optional, func(r *Activity) int64 { return r.DateEnded }),
		day("date_created", optional, func(r *Activity) int64 { return r.DateCreated }),
		day("date_logged", optional, func(r *Activity) int64 { return r.DateLogged }),
		day("date_modified", optional, func(r *Activity) int64 { return r.DateModified }),
		{name: "interacts", need: named, value: func(*view, *Activity) any { return list{} }},
		{name: "breadcrumbs", need: named, value: func(v *view, r *Activity) any { return v.world.breadcrumbs("activity", r.ID) }},
	},
	basic: map[string]attr[Activity]{
		"id":                byNumber(func(r *Activity) int64 { return r.ID }),
		"parent_id":         byNumber(func(r *Activity) int64 { return r.ParentID }),
		"thread_id":         byNumber(func(r *Activity) int64 { return r.ThreadID }),
		"against_type":      byText(func(r *Activity) string { return r.AgainstType }),
		"against_id":        byNumber(func(r *Activity) int64 { return r.AgainstID }),
		"owner_id":          byNumber(func(r *Activity) int64 { return r.OwnerID }),
		"owner_type":        byText(func(r *Activity) string { return r.OwnerType }),
		"medium":            byText(func(r *Activity) string { return r.Medium }),
		"visibility":        byText(func(r *Activity) string { return r.Visibility }),
		"staff":             byNumber(staffOwner),
		"activity_class":    byNumber(func(r *Activity) int64 { return r.ClassID }),
		"activity_priority": byNumber(func(r *Activity) int64 { return r.PriorityID }),
		"task":              byNumber(func(r *Activity) int64 { return r.TaskID }),
		"time_allocation":   byNumber(func(*Activity) int64 { return 0 }),
	},
	dates: map[string]func(*Activity) int64{
		"date_created":  func(r *Activity) int64 { return r.DateCreated },
		"date_started":  func(r *Activity) int64 { return r.DateStarted },
		"date_ended":    func(r *Activity) int64 { return r.DateEnded },
		"date_logged":   func(r *Activity) int64 { return r.DateLogged },
		"date_modified": func(r *Activity) int64 { return r.DateModified },
	},
	orders: map[string]attr[Activity]{
		"date_started":  byNumber(func(r *Activity) int64 { return r.DateStarted }),
		"date_created":  byNumber(func(r *Activity) int64 { return r.DateCreated }),
		"date_ended":    byNumber(func(r *Activity) int64 { return r.DateEnded }),
		"date_modified": byNumber(func(r *Activity) int64 { return r.DateModified }),
		"id":            byNumber(func(r *Activity) int64 { return r.ID }),
		"billable":      byNumber(func(r *Activity) int64 { return r.Billable }),
		"nonbillable":   byNumber(func(r *Activity) int64 { return r.Nonbillable }),
	},
	objects: map[string]func(*Activity) (string, int64){
		"against": func(r *Activity) (string, int64) { return r.AgainstType, r.AgainstID },
		"owner":   func(r *Activity) (string, int64) { return r.OwnerType, r.OwnerID },
	},
	// Only the owner can see a private activity.
	hidden: func(v *view, r *Activity) bool { return r.Visibility == "private" && staffOwner(r) != v.staff },
}

func staffOwner(r *Activity) int64 {
	if r.OwnerType == "staff" {
		return r.OwnerID
	}
	return 0
}

func activityRoutes() []route {
	return []route{
		get("activities", listActivities),
		get("activities/count", counted(activitySchema, nil)),
		get("activities/{id}", one(activitySchema)),
		post("activities", postActivity),
		put("activities/{id}", putActivity),
		del("activities/{id}", deleteActivity),
	}
}

// listActivities returns an array, or an object if `_fields` asks for `interacts` (accelo.md 9.2).
func listActivities(c *call) (any, error) {
	payload, err := many(activitySchema, nil)(c)
	if err != nil || !slices.ContainsFunc(c.asks, func(a ask) bool { return a.name == "interacts" }) {
		return payload, err
	}
	return object{{"activities", payload}, {"staff", list{}}, {"affiliations", list{}}}, nil
}

// activityTargets lists the singular object types that an activity can be against (accelo.md 9.1).
var activityTargets = []string{
	"activity_event", "asset", "affiliation", "account_invoice", "account_purchase", "contact", "contract", "contract_period",
	"company", "issue", "job", "milestone", "prospect", "request", "staff", "task",
}

// postActivity creates a note, email, call or meeting. Its default visibility is private.
func postActivity(c *call) (any, error) {
	c.accepts("subject", "against_type", "against_id", "body", "medium", "visibility", "owner_type", "owner_id", "details",
		"priority_id", "class_id", "thread_id", "parent_id", "task_id", "message_id", "date_started", "date_ended", "date_due",
		"billable", "nonbillable", "block_send", "send_invites", "file", "to", "cc", "bcc")
	row := Activity{
		Medium: "note", Visibility: "private", OwnerType: "staff", OwnerID: c.staff, ClassID: 1,
		Body: c.p.get("body"), Details: c.p.get("details"),
	}
	var err error
	if row.Subject, err = c.p.required("subject"); err != nil {
		return nil, err
	}
	if row.AgainstType, err = c.p.required("against_type"); err != nil {
		return nil, err
	}
	if row.AgainstID, err = c.p.requiredNumber("against_id"); err != nil {
		return nil, err
	}
	if !slices.Contains(activityTargets, row.AgainstType) {
		return nil, invalid("The against_type %q is not one of %s.", row.AgainstType, strings.Join(activityTargets, ", "))
	}
	if !c.world.exists(row.AgainstType, row.AgainstID) {
		return nil, invalid("The object %s %d does not exist.", row.AgainstType, row.AgainstID)
	}
	if err := c.readActivity(&row); err != nil {
		return nil, err
	}
	return show(c, activitySchema, c.addActivity(row)), nil
}

// readActivity reads the optional keys of a new activity.
func (c *call) readActivity(row *Activity) error {
	c.p.set("medium", &row.Medium)
	c.p.set("visibility", &row.Visibility)
	c.p.set("owner_type", &row.OwnerType)
	for _, choice := range []struct {
		name, value string
		choices     []string
	}{
		{"medium", row.Medium, []string{"note", "meeting", "email", "call"}},
		{"visibility", row.Visibility, []string{"private", "confidential", "all"}},
		{"owner_type", row.OwnerType, []string{"staff", "affiliation"}},
	} {
		if !slices.Contains(choice.choices, choice.value) {
			return invalid("The %s %q is not one of %s.", choice.name, choice.value, strings.Join(choice.choices, ", "))
		}
	}
	for name, field := range map[string]*int64{
		"owner_id": &row.OwnerID, "priority_id": &row.PriorityID, "class_id": &row.ClassID, "thread_id": &row.ThreadID,
		"parent_id": &row.ParentID, "task_id": &row.TaskID, "date_started": &row.DateStarted, "date_ended": &row.DateEnded,
		"billable": &row.Billable, "nonbillable": &row.Nonbillable,
	} {
		if !c.p.has(name) {
			continue
		}
		value, err := c.p.number(name)
		if err != nil {
			return err
		}
		*field = value
	}
	switch {
	case !c.world.exists(row.OwnerType, row.OwnerID):
		return invalid("The owner %s %d does not exist.", row.OwnerType, row.OwnerID)
	case row.ThreadID != 0 && c.world.activities.get(row.ThreadID) == nil:
		return invalid("The thread_id %d does not exist.", row.ThreadID)
	case row.ParentID != 0 && c.world.activities.get(row.ParentID) == nil:
		return invalid("The parent_id %d does not exist.", row.ParentID)
	case row.Visibility != "all" && (row.Billable > 0 || row.Nonbillable > 0):
		return invalid("The visibility must be all to log time.")
	default:
		return nil
	}
}

// addActivity stores an activity. Without a thread it starts a new one.
func (v *view) addActivity(row Activity) *Activity {
	row.DateCreated, row.DateModified, row.DateLogged = v.now(), v.now(), v.now()
	stored := v.world.activities.add(&row)
	if stored.ThreadID == 0 {
		stored.ThreadID = stored.ID
	}
	return stored
}

// putActivity changes an activity. Only its owner can change the subject and the body.
func putActivity(c *call) (any, error) {
	c.accepts("subject", "body", "details", "visibility")
	row := c.world.activities.get(c.pathID("id"))
	if row == nil || activitySchema.hidden(c.view, row) {
		return nil, missing()
	}
	if (c.p.has("subject") || c.p.has("body")) && staffOwner(row) != c.staff {
		return nil, forbidden()
	}
	if c.p.has("subject") {
		if _, err := c.p.required("subject"); err != nil {
			return nil, err
		}
	}
	next := *row
	c.p.set("subject", &next.Subject)
	c.p.set("body", &next.Body)
	if err := c.readActivity(&next); err != nil {
		return nil, err
	}
	next.DateModified = c.now()
	*row = next
	return show(c, activitySchema, row), nil
}

func deleteActivity(c *call) (any, error) {
	row := c.world.activities.get(c.pathID("id"))
	if row == nil || activitySchema.hidden(c.view, row) {
		return nil, missing()
	}
	c.world.activities.remove(row.ID)
	c.world.fire("delete_activity", "activities", row.ID)
	return nothing{}, nil
}
