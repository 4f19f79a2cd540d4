// Package lab is what the two vendor simulators share: deterministic names, fault injection, artificial latency, a log
// of every call, a webhook delivery queue, an administrative HTTP API under /_lab/ and a small web console.
//
// It knows nothing about either vendor and may not import anything else of this module. A simulator builds a [Lab] with
// its own fault kinds, actions and tables, and serves [Lab.Handler].
//
// The administrative API speaks JSON and lives outside every vendor's paths:
//
//	GET    /_lab/calls                 the last calls, newest first (?limit=)
//	GET    /_lab/counters              totals by endpoint, status, fault and kind
//	POST   /_lab/counters/reset        zeroes them, forgets calls, violations and deliveries
//	GET    /_lab/violations            calls that broke the vendor's contract
//	GET    /_lab/faults                the active faults
//	GET    /_lab/faults/kinds          what kinds there are
//	POST   /_lab/faults                adds one (object) or replaces all (array)
//	DELETE /_lab/faults[/{id}]         removes all, or one
//	GET    /_lab/latency, POST         {"millis": 30, "jitter_millis": 10}
//	GET    /_lab/state                 the whole simulated world
//	GET    /_lab/deliveries            webhook deliveries, newest first (?limit=)
//	POST   /_lab/deliveries/drain      waits until every webhook has left
//	GET    /_lab/actions               the simulator's own actions and their fields
//	POST   /_lab/{action}              one of them
//	GET    /_lab/{view}                one of the simulator's own views
//
// An action takes one JSON object and answers 200 with a JSON object; 400 {"error"} when the input is bad, 404 {"error"}
// when it names something that does not exist.
package lab
