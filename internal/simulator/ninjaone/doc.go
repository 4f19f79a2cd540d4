// Package ninjaone simulates one NinjaOne tenant: the REST API v2 with its OAuth and legacy key schemes, the webhook, and
// the legacy API v1, as the contract describes them (section 10). What the contract leaves open has the harsher reading
// by default and a switch for the other.
//
// It implements the vendor, not the product that talks to it: it may not import anything of this module but lab.
//
// [New] builds a seeded world; [Simulator] is an http.Handler. Its methods are what people and the world do, for tests
// in the same process; the same is available over HTTP, besides what package lab lists:
//
//	POST /_lab/trigger                   {device_id, severity, priority, message, subject, source_config_uid, source_type}
//	                                     -> {uid, activity_id, device_id}
//	POST /_lab/reset                     {uid, user_id} -> {uid, activity_id}
//	POST /_lab/storm                     {count, organizations | organization_ids, severity, …} -> {alerts: [{uid, activity_id, device_id}]}
//	POST /_lab/organizations             {name, description} -> {id}
//	POST /_lab/organizations/rename      {id, name}
//	POST /_lab/organizations/describe    {id, description}
//	POST /_lab/organizations/teamviewer  {id, enabled, targets}
//	POST /_lab/organizations/delete      {id}
//	POST /_lab/devices                   {organization_id, node_class, system_name, display_name, serial_number, pending} -> {id}
//	POST /_lab/devices/update            {id, system_name, display_name, dns_name, serial_number, policy_id, offline, custom_field, custom_value}
//	POST /_lab/devices/move              {id, organization_id}
//	POST /_lab/devices/logon             {id, user}
//	POST /_lab/devices/reimage           {id, keep} -> {id}
//	POST /_lab/devices/approve, /pending, /decommission, /delete   {id}
//	POST /_lab/devices/contact           every device that is online reports now
//	POST /_lab/tokens/revoke             every access token becomes invalid
//	POST /_lab/webhook                   {url}: another tool overwrites the registration
//	POST /_lab/webhook/remove            the registration is gone
//	POST /_lab/switches                  {page_cap, forbid_webhook, …} -> all of them; see [Switches]
//
// Choices of its own, where the contract is silent: the cursor of a report keeps its place on the server, so a page whose
// reply was lost is not given again; alerts of a deleted device vanish without a RESET; a failed webhook is not tried
// again; activity ids grow with gaps and, after a restart, go on above the former ones; deviceType of network, mobile,
// cloud monitor and unmanaged devices.
//
// GET /_lab/state is a [World]. Besides the neutral faults there are token-expired, cursor-stuck, list-capped,
// list-empty, list-shrunken, feed-lag, bare-array, class-ignored and webhook-forbidden. Violations are calls that the
// vendor lets pass although they cannot mean what their author hopes: unknown query parameters, paths that do not
// exist, activity ids used as alert uids, and the like.
package ninjaone
