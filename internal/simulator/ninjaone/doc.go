// Package ninjaone simulates a NinjaOne tenant as ninjaone.md describes it: OAuth and the legacy key scheme (sections 1
// and 2), the REST API v2 for organizations, devices, reports, alerts and activities (3 to 6), the webhook (7), wire
// formats and errors (8), and the legacy API v1 (2.3). Section 10 lists its design decisions.
//
// It implements the vendor, never the assumptions of a client: apart from internal/simulator/lab it may not import any
// package of this module.
//
// # Signing in
//
// The tenant has two applications (2.1.1), which POST /_lab/apps/update changes: one for machines, with client credentials
// and every scope, and one of platform Web, with authorization codes, refresh tokens and the scopes monitoring and
// management. GET /ws/oauth/authorize leads to two pages of forms. Their addresses and texts are made up. Inputs and buttons
// are found by these labels; the form's names are in brackets:
//
//	Sign in to NinjaOne   [heading] Sign in to NinjaOne, [textbox] Email (email), [textbox] Password (password), [button] Sign
//	                      in; what is wrong is an [alert]
//	the consent           [heading] Authorize APPLICATION, a [list] of scopes, [button] Allow (action=allow), [button] Deny
//	                      (action=deny)
//
// [AdministratorEmail] is a system administrator. [TechnicianEmail] is not: that user's tokens get 403 for PUT and DELETE
// /v2/webhook (7.1). Both have [DefaultPassword].
//
// An unknown client gets 404. No other wrong request returns to the client: the browser ends on /ws/oauth/error with
// unauthorized_client "Invalid redirect_uri" (compared byte for byte), invalid_scope "Invalid scope" (none asked for) or
// "Invalid scope NAME for client" (not enabled), or unsupported_response_type. A user who denies returns with
// error=access_denied and the state.
//
// A code works once, for 60 seconds ([Options].CodeLifetime), with the redirect URI of the request. With the scope
// offline_access there is a refresh token; each use replaces it, and it dies 29 days after the authorization
// ([Options].RefreshLifetime), however often it was used. What does not work any more is 400 invalid_grant; a grant type that
// is not ticked is 400 unauthorized_client; a scope that the application does not have, and offline_access with client
// credentials, is 400 invalid_scope.
//
// # Open questions
//
// [Switches] and POST /_lab/switches select how the simulator answers open questions of section 11. Defaults are the
// harsher reading:
//
//	newer_than_oldest_first   newerThan returns the oldest rows above the ID, not the newest (6.4)
//	alerts_without_severity   GET /v2/alerts omits severity and priority (5.2)
//	log_without_severity      the activity log omits them (6.3)
//	webhook_without_severity  deliveries omit them (7.2)
//	page_cap                  a smaller maximum page size for lists (3.1)
//	forbid_webhook            the application may not register webhooks (7.1)
//	webhook_without_device    deliveries omit the device (7.1)
//	webhook_attempts          failed deliveries are retried (7)
//	webhook_disable_after     the webhook is disabled after this many consecutive failures (7)
//	no_key_on_v2              the legacy key pair is rejected on v2 (2.2.4)
//	single_records_omit       members that a single device or organization lacks (4.2)
//	no_legacy_limit           v1 has no limit on list calls (2.3.1)
//	tolerate_offline_access   client credentials with offline_access are not refused (2.1.2)
//	wrong_redirect_404        a wrong redirect URI ends on a 404 instead of the error page (2.1.3)
//	authorize_errors_return   other errors of an authorization request return to the client (2.1.3)
//	keep_refresh_token        refreshing keeps and repeats the refresh token (2.1.4)
//	sliding_refresh           a refresh token dies 29 days after it was last replaced (2.1.4)
//	refresh_invalid_token     a spent refresh token is invalid_token instead of invalid_grant (2.1.6)
//
// Other open questions have a fixed answer: the server keeps the position of a report's cursor, so a page whose reply was
// lost is not repeated; alerts of a deleted device disappear without a RESET; activity IDs have gaps and keep growing
// across restarts; and network, mobile, cloud monitor and unmanaged devices have made-up values of deviceType.
//
// # Faults
//
// Besides the kinds of package lab there are token-expired, cursor-stuck, list-capped, list-empty, list-shrunken,
// list-reversed, list-duplicated, alerts-frozen, device-alerts-empty, log-trimmed, series-ignored, feed-lag, bare-array,
// class-ignored, webhook-forbidden, consent-denied and code-expired; GET /_lab/faults/kinds explains them.
// For a token call that is slow or never answered use slow and never with the path /oauth/token.
//
// GET /_lab/violations lists calls that NinjaOne accepts although they can't do what the client intends: unknown query
// parameters, unknown paths, activity IDs used as alert UIDs and the like.
//
// # Actions
//
// The methods of [Simulator] that stand for a user or for the outside world are also available over HTTP. GET
// /_lab/state returns a [World].
//
//	POST /_lab/trigger                   {device_id, severity, priority, message, subject, source_config_uid, source_type}
//	                                     -> {uid, activity_id, device_id}
//	POST /_lab/reset                     {uid, user_id} -> {uid, activity_id}
//	POST /_lab/vanish                    {uid}: the alert ends without an activity
//	POST /_lab/storm                     {count, organizations | organization_ids, severity, …} -> {alerts: [{uid, activity_id, device_id}]}
//	POST /_lab/organizations             {name, description} -> {id}
//	POST /_lab/organizations/rename      {id, name}
//	POST /_lab/organizations/describe    {id, description}
//	POST /_lab/organizations/teamviewer  {id, enabled, targets}
//	POST /_lab/organizations/delete      {id}
//	POST /_lab/devices                   {organization_id, node_class, system_name, display_name, serial_number, pending} -> {id}
//	POST /_lab/devices/update            {id, system_name, display_name, dns_name, serial_number, bios_serial_number, policy_id, offline,
//	                                     custom_field, custom_value}
//	POST /_lab/devices/move              {id, organization_id}
//	POST /_lab/devices/logon             {id, user}
//	POST /_lab/devices/reimage           {id, keep} -> {id}
//	POST /_lab/devices/approve, /pending, /decommission, /delete   {id}
//	POST /_lab/devices/contact           checks in every online device
//	POST /_lab/apps/update               {client_id, redirect_uris, scopes, grants}: lists; those left out stay unchanged
//	POST /_lab/tokens/revoke             invalidates every access token
//	POST /_lab/tokens/expire, /refresh-tokens/expire, /codes/expire   all of them, now -> {expired}
//	POST /_lab/webhook                   {url}: another tool replaces the registration
//	POST /_lab/webhook/remove            removes the registration
//	POST /_lab/switches                  {page_cap, forbid_webhook, …} -> all of them
package ninjaone
