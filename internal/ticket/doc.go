// Package ticket keeps Accelo's requests in step with NinjaOne's alerts: it opens and joins requests, closes them when their last
// alert is reset, links the affected asset, and follows what technicians do with them.
//
// Decisions about alerts are in internal/rules, their state machine in internal/store. The package may not import Temporal or
// activities, and may not change anything about companies and assets: it asks company and asset for that.
package ticket
