// Package lab holds what the two vendor simulators share: reproducible names, fault injection, artificial latency, a log
// of every call, a webhook delivery queue, an administrative HTTP API under /_lab/ and a web console.
//
// It knows nothing about either vendor and may not import any other package of this module. A simulator creates a [Lab]
// with its own fault kinds, actions and tables, and serves [Lab.Handler].
//
// The administrative API speaks JSON and stays clear of the vendors' paths:
//
//	GET    /_lab/calls                 the latest calls, newest first (?limit=)
//	GET    /_lab/counters              totals by endpoint, status, fault and kind
//	POST   /_lab/counters/reset        resets the counters and clears calls, violations and deliveries
//	GET    /_lab/violations            calls that the vendor accepts although they are wrong
//	GET    /_lab/faults                the active faults
//	GET    /_lab/faults/kinds          the fault kinds
//	POST   /_lab/faults                adds a fault (object) or replaces all faults (array)
//	DELETE /_lab/faults[/{id}]         removes all faults, or one
//	GET    /_lab/latency, POST         {"millis": 30, "jitter_millis": 10}
//	GET    /_lab/state                 the whole simulated world
//	GET    /_lab/deliveries            webhook deliveries, newest first (?limit=)
//	POST   /_lab/deliveries/drain      waits until every webhook has been sent
//	GET    /_lab/actions               the simulator's actions and their fields
//	POST   /_lab/{action}              runs an action
//	GET    /_lab/{view}                returns one of the simulator's views
//
// An action takes one JSON object and returns 200 with a JSON object. Invalid input returns 400 {"error"}; an ID that
// does not exist returns 404 {"error"}.
package lab
