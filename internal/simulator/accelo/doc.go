// Package accelo simulates a deployment of Accelo's public REST API, as the contract describes it and strict about misuse,
// with a console to look at it and to do by hand what people do in Accelo.
//
// It implements the contract, never what a client of this module assumes: it imports no other package of the module but
// internal/simulator/lab. Nothing here may weaken a rule of the contract to make a test pass; what Accelo leaves open is
// settled in [Switches], in one place.
//
// # What is served
//
// Below /oauth2: v0/token (service applications) and v0/revoke. Below /api/v0: tokeninfo, user, staff, companies, contacts,
// affiliations (with statuses; progressions for companies), requests (with types and threads), assets (with types, links and
// extensions), custom fields of assets, issues, jobs and prospects, profiles, issues, jobs and prospects as far as
// conversions need them, activities, and webhooks. Everything else answers 400 "resource endpoint was not recognized",
// documented calls that an integration of this kind does not need included: XML and YAML replies, addresses, segmentations,
// collections, tasks, milestones, contracts and invoices.
//
// Calls that Accelo would let pass, but that do not do what their author meant (keys that are ignored, fields that do not
// exist, companies made silently, standing=converted) are listed under GET /_lab/violations.
//
// # Modes
//
// ModeOpen, ModeNoExtensionKeys and ModeDocumented say which calls beyond the documentation work: POST /assets/types, POST
// /assets/extensions/fields, POST /assets (with `extension.{field_id}` keys in ModeOpen), against_id and affiliation_id in
// PUT /assets/{id}, and links of assets to requests.
//
// # Faults
//
// Besides the kinds of package lab: not-ok-200, list-shift and revoke-token (see the constants).
//
// # Administration
//
// Every method of [Simulator] that stands for a person is also POST /_lab/{action} with a JSON object; an answer is the
// object that was made, or {}. What does not exist is 404 {"error"}, what makes no sense 400 {"error"}. GET /_lab/state is
// [World]. GET /_lab/actions lists these with their fields, the optional ones here in brackets:
//
//	add-company            name [standing]
//	rename-company         id name
//	edit-company-comments  id [comments]
//	set-company-standing   id standing
//	merge-companies        from into
//	delete-company         id
//	add-contact            company_id firstname surname [email]      -> {"contact", "affiliation"}
//	edit-contact           id [firstname] [surname] [email]
//	claim-request          id staff (0 releases)
//	close-request          id
//	reopen-request         id
//	convert-request        id target (issue, job or prospect)        -> the issue, job or prospect
//	edit-request           id [title] [body]
//	delete-request         id
//	add-request            type_id affiliation_id title [body]
//	add-request-type       title
//	add-note               [staff] against_type against_id subject [body] [visibility]
//	add-asset-type         title
//	add-asset-field        type (title or id) name field_type [options]
//	add-asset              type (title or id) company_id title [values] (a list of NAME=VALUE)
//	edit-asset-title       id title
//	move-asset             id company_id
//	choose-asset-contact   id affiliation_id
//	delete-asset           id
//	set-mode               mode
//	set-switches           any of the JSON names of Switches; what is left out stays, the text "default" resets
//	set-user-titles        object singular plural
//	set-rate-limit         [limit] [window_seconds]                  -> {"limit", "remaining", "resets"}
//	spend-calls            calls                                     -> the same
//	revoke-tokens                                                    -> {"revoked"}
//	unlock
//	delete-subscription    id
package accelo
