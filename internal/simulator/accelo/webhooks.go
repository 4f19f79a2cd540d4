package accelo

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// eventTypes lists the events to subscribe to (accelo.md 10.3).
var eventTypes = []struct{ id, title, table, kind string }{
	{"assign_task", "Task assigned", "task", "update"},
	{"unassign_task", "Task unassigned", "task", "update"},
	{"create_task", "Task created", "task", "create"},
	{"create_invoice", "Invoice created", "account_invoice", "create"},
	{"update_invoice", "Invoice updated", "account_invoice", "update"},
	{"delete_invoice", "Invoice deleted", "account_invoice", "update"},
	{"create_invoice_pdf", "Invoice PDF created", "account_invoice", "create"},
	{"create_purchase_pdf", "Purchase PDF created", "account_purchase", "create"},
	{"create_quote", "Quote created", "quote", "create"},
	{"create_request", "Request created", "request", "create"},
	{"update_request_status", "Request status changed", "request", "update"},
	{"create_issue", "Ticket created", "issue", "create"},
	{"update_issue", "Ticket updated", "issue", "update"},
	{"create_company", "Company created", "company", "create"},
	{"update_company", "Company updated", "company", "update"},
	{"create_contact", "Contact created", "contact", "create"},
	{"update_contact", "Contact updated", "contact", "update"},
	{"create_sale", "Sale created", "prospect", "create"},
	{"update_sale", "Sale updated", "prospect", "update"},
	{"delete_activity", "Activity deleted", "activity", "update"},
}

func eventIndex(id string) int {
	for i, kind := range eventTypes {
		if kind.id == id {
			return i
		}
	}
	return -1
}

// The content types of deliveries. A form is the default.
const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// webhookRoutes returns the calls of subscriptions, which can't be changed (accelo.md 10.1).
func webhookRoutes() []route {
	dispatch := post("webhooks/subscriptions/{subscription}/dispatch", dispatchSubscription)
	dispatch.unlocked = true
	return []route{
		get("webhooks/subscriptions", listSubscriptions),
		get("webhooks/subscriptions/types", listEventTypes),
		post("webhooks/subscriptions", postSubscription),
		del("webhooks/subscriptions/{subscription}", deleteSubscription),
		post("webhooks/subscriptions/{subscription}/trigger", triggerSubscription),
		dispatch,
	}
}

func listEventTypes(*call) (any, error) {
	types := list{}
	for _, kind := range eventTypes {
		types = append(types, object{
			{"event_id", kind.id}, {"event_title", kind.title}, {"trigger_table", kind.table}, {"trigger_type", kind.kind},
		})
	}
	return object{{"types", types}}, nil
}

// subscription renders a subscription without its secret. Its ID is a string, the user's a number.
func (v *view) subscription(row *Subscription) object {
	kind := eventTypes[eventIndex(row.EventID)]
	o := object{
		{"subscription_id", row.ID},
		{"event_id", row.EventID},
		{"trigger_table", kind.table},
		{"trigger_type", kind.kind},
		{"trigger_url", row.TriggerURL},
		{"content_type", row.ContentType},
		{"user_id", row.UserID},
	}
	if user := v.world.staff.get(row.UserID); user != nil {
		o = append(o, member{"user", object{{"id", user.ID}, {"name", user.Firstname + " " + user.Surname}, {"email", user.Email}}})
	}
	return o
}

// listSubscriptions returns the caller's subscriptions.
func listSubscriptions(c *call) (any, error) {
	mine := list{}
	for _, row := range c.world.subscriptions {
		if row.UserID == c.staff {
			mine = append(mine, append(c.subscription(row), member{"user_deployment", c.sim.options.Deployment}))
		}
	}
	return object{{"subscriptions", mine}, {"subscriptions_users", list{}}}, nil
}

// postSubscription creates a subscription and returns 201 `ok_created`, or 200 if the switch is set.
func postSubscription(c *call) (any, error) {
	c.accepts("trigger_url", "event_id", "content_type", "secret")
	target, err := c.p.required("trigger_url")
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(target)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, invalid("The trigger_url is not a URL.")
	}
	name, err := c.p.required("event_id")
	if err != nil {
		return nil, err
	}
	if eventIndex(name) < 0 {
		return nil, invalid("The event_id %q does not exist.", name)
	}
	contentType := c.p.get("content_type")
	if contentType == "" {
		contentType = formType
	}
	if contentType != formType && contentType != jsonType {
		return nil, invalid("The content_type %q is not supported.", contentType)
	}
	row := &Subscription{
		ID: subscriptionID(), EventID: name, TriggerURL: target, ContentType: contentType, UserID: c.staff, secret: c.p.get("secret"),
	}
	c.world.subscriptions = append(c.world.subscriptions, row)
	payload := object{{"subscription", append(c.subscription(row), member{"user_deployment", c.sim.options.Deployment})}}
	if c.switches.SubscriptionOK {
		return payload, nil
	}
	return created{payload}, nil
}

func subscriptionID() string {
	raw := make([]byte, 12)
	_, _ = rand.Read(raw) // never fails, as documented by crypto/rand
	return hex.EncodeToString(raw)
}

// mySubscription returns the caller's subscription in the path.
func (c *call) mySubscription() (*Subscription, error) {
	at := slices.IndexFunc(c.world.subscriptions, func(s *Subscription) bool {
		return strings.EqualFold(s.ID, c.request.PathValue("subscription")) && s.UserID == c.staff
	})
	if at < 0 {
		return nil, missing()
	}
	return c.world.subscriptions[at], nil
}

func deleteSubscription(c *call) (any, error) {
	row, err := c.mySubscription()
	if err != nil {
		return nil, err
	}
	c.world.unsubscribe(row.ID)
	return nothing{}, nil
}

// unsubscribe deletes a subscription and reports whether it existed.
func (w *world) unsubscribe(id string) bool {
	before := len(w.subscriptions)
	w.subscriptions = slices.DeleteFunc(slices.Clone(w.subscriptions), func(s *Subscription) bool { return s.ID == id })
	return len(w.subscriptions) < before
}

// triggerSubscription queues the event for all its subscribers and returns nothing.
func triggerSubscription(c *call) (any, error) {
	row, err := c.mySubscription()
	if err != nil {
		return nil, err
	}
	id, err := c.p.requiredNumber("object_id")
	if err != nil {
		return nil, err
	}
	c.world.fire(row.EventID, resourceOf(eventTypes[eventIndex(row.EventID)].table), id)
	return nothing{}, nil
}

// resourceOf returns the plural name of a table in URLs.
func resourceOf(table string) string {
	switch table {
	case "company":
		return "companies"
	case "activity":
		return "activities"
	case "account_invoice":
		return "invoices"
	case "account_purchase":
		return "purchases"
	default:
		return table + "s"
	}
}

// dispatchSubscription delivers to this subscription while the caller waits, and returns the subscriber's status.
func dispatchSubscription(c *call) (any, error) {
	id, err := c.p.requiredNumber("object_id")
	if err != nil {
		return nil, err
	}
	c.sim.mu.RLock()
	c.view = c.sim.viewOf(c.caller.staff)
	row, err := c.mySubscription()
	if err != nil {
		c.sim.mu.RUnlock()
		return nil, err
	}
	sent := c.sim.delivery(row, event{name: row.EventID, resource: resourceOf(eventTypes[eventIndex(row.EventID)].table), id: id})
	c.sim.mu.RUnlock()
	result := c.sim.lab.Webhooks.Dispatch(c.request.Context(), sent)
	if result.Status == 0 {
		return nil, &refusal{code: http.StatusInternalServerError, status: "server_error", message: "The trigger_url could not be reached."}
	}
	if result.Status == http.StatusGone {
		c.sim.dropSubscription(row.ID)
	}
	return object{{"status", result.Status}}, nil
}
