// Package event turns what NinjaOne says about an alert into the domain's terms: an activity or an active alert becomes a
// rules.Alert or the input of an alert flow. Webhooks, the import and the reconciliation share this one reading, and only here
// are an alert's texts cleaned and bounded.
//
// It is pure: it may not call a vendor, Temporal or the database.
package event
