// Package accelo simulates a deployment of Accelo's public REST API v0 as accelo.md describes it. It is strict about
// misuse, and its console offers what users do by hand in Accelo.
//
// It implements the vendor, never the assumptions of a client: apart from internal/simulator/lab it may not import any
// package of this module. Nothing here may relax a rule of accelo.md to make a test pass.
//
// # What it serves
//
// Below /oauth2: v0/authorize, v0/token and v0/revoke for a service application and a web application (accelo.md 2), see
// below. Below /api/v0: tokeninfo, user and staff
// (11), companies (5), contacts and affiliations (6), requests with types and threads (7), assets with types, links and
// extensions (8), profiles (8.6), activities (9), webhooks (10), and issues, jobs and prospects as far as conversions need
// them (7.8). Envelope, errors and rate limit follow section 3, lists, filters and fields section 4, and data formats
// section 12. Everything else returns 400 "resource endpoint was not recognized", including documented calls that an
// integration of this kind does not need: XML and YAML, addresses, segmentations, collections, tasks, milestones,
// contracts and invoices.
//
// GET /_lab/violations lists calls that Accelo accepts but that don't do what the client intends: ignored parameters,
// unknown fields, silently created companies, standing=converted.
//
// # Signing in
//
// GET or POST /oauth2/v0/authorize leads to two pages of forms. Their addresses are made up, the texts of the second are
// Accelo's. Inputs and buttons are found by these labels; the form's names are in brackets:
//
//	Log in to Accelo    [heading] Log in to Accelo, [textbox] Username or email (username), [textbox] Password (password),
//	                    [button] Log in; what is wrong is an [alert]
//	the approval        [heading] the application's name, a [list] of what it asks for, [button] Allow Access (action=allow),
//	                    [button] No thanks (action=deny)
//
// The users are the active staff, with [DefaultPassword]. Tokens act for the user who approved and have that user's rights,
// which token replies and GET /user tell (11). Turanga.Leela is an administrator. Amy.Wong is a user, who may not make asset
// types and fields. Hubert.Farnsworth is restricted to reading companies, contacts and affiliations. What a user may not
// do is 403 invalid_permission.
//
// Wrong requests are refused before the login, as JSON, and never return to the application: percent-encoded parentheses in
// the query's scope and a malformed scope with 400 invalid_scope, a redirect URI that does not equal a registered one with
// 400 invalid_grant, another response_type with 400 invalid_request, an unknown client with 401 invalid_client. A user who
// does not approve returns with error=access_denied.
//
// Codes work once, for a minute ([Options].CodeLifetime), with the redirect URI of the request. A refresh token works once
// and only while its access token lives. What does not work any more is 400 invalid_grant "Grant was not found (possibly
// expired)."; a grant of another application is 401 unauthorized_client. expires_in shortens the life of an access token.
//
// # Trials
//
// GET /signup/ is the page on which a trial begins, with the textboxes Company name (company), First name (firstname), Last name
// (surname), Work email (email), Password (password) and Accelo address (deployment, optional), and the button Start my free
// trial. It creates another deployment in this process, with an empty world, the request types Support and Sales, one user who
// logs in with the email address and the password, and a console of its own. It is reached at an address of its own, which
// the next page and GET /_lab/state show, or at this one with the host LABEL.localhost or LABEL.api.accelo.com. It knows the
// web application of the first deployment, and the service application demo-client@LABEL.accelo.com. A trial that has
// ended (end-trial) replies as if it did not exist.
//
// [Simulator.AddDeployment] adds a deployment that is no trial; the command does so for -also LABEL@ADDRESS.
//
// # Open questions
//
// [Switches] and the action set-switches select the answers to open questions of section 16 and to the points marked † in
// section 14. The zero value is the default there:
//
//	form_credentials        the token call also accepts credentials in the form (2.2)
//	refresh_outlives_access  a refresh token works after its access token has expired (2.7)
//	keep_refresh_token      refreshing keeps the refresh token, and the reply has none (2.7)
//	misspelled_expires_in   token replies have "expires in" (2.7)
//	denial_without_state    a user who does not approve returns without the state (2.6)
//	foreign_app_unknown     trials do not know the web application of the first deployment (2.6)
//	unknown_deployment      the host replies as if the deployment did not exist (1)
//	retry_after_on_429      429 replies have a Retry-After header (3.7)
//	duplicate_names         a company or asset type with an existing name is rejected (16)
//	no_default_affiliation  a company's first affiliation does not become its default (16)
//	merge_answers_survivor  the ID of a merged company returns the survivor (16)
//	claim_opens             claiming a pending request opens it (16)
//	conversion_spelling     conversion_type is plural or capitalized (16)
//	unconverted_value       conversion_type and conversion_id are "" or "0" before a conversion (16)
//	subscription_ok         a new subscription returns 200 instead of 201 (16)
//	signature_prefix        X-Hub-Signature has a prefix (10.5)
//	signature_sha256        X-Hub-Signature uses SHA-256 instead of SHA-1 (10.5)
//	numeric_webhook_id      IDs in JSON deliveries are numbers (16)
//	delivery_timeouts       consecutive timeouts until a subscription is deleted (10)
//	stale_read_millis       how long reads lag behind a change (13)
//	modest_limit            a _limit over 50 is refused (4.1)
//	order_filters           order_by filters are refused, or ignored with the newest record first (4.3)
//	errors_200              every refusal comes with HTTP 200 (3.1)
//	unknown_forbidden       unknown endpoints are answered 403 (3.2)
//	token_info_forbidden    tokens may not be described (2.11)
//	store_trimmed           texts are stored without white space around them (12, 16)
//	store_composed          texts are stored in Unicode NFC
//	store_without_tags      texts are stored without HTML tags
//	store_three_bytes       a character of four bytes is stored as a question mark
//	store_cut               texts are cut to this many characters (16)
//	store_line_end          a line end is added to texts
//	store_normalized_links  addresses are stored with a slash at their end
//	read_entities           replies encode texts as HTML (12)
//	read_dates_as_text      values of date_time fields are read as a text (8.5)
//	write_replies           replies to writes repeat what was sent, or leave it out
//
// [Mode] and the action set-mode select which undocumented calls work (accelo-undocumented.md): POST /assets/types, POST
// /assets/extensions/fields, POST /assets (in ModeOpen with `extension.{field_id}`), against_id and affiliation_id in PUT
// /assets/{id}, and links of assets to requests.
//
// # Faults
//
// Besides the kinds of package lab there are not-ok-200, list-shift, list-empty, list-shrunken, list-reversed, list-duplicated,
// revoke-token, approval-denied and code-expired; see the constants. For a token call that is slow or never answered use
// slow and never with the path /oauth2/v0/token.
//
// # Actions
//
// Every method of [Simulator] that stands for a user is also available as POST /_lab/{action} with a JSON object, which
// returns the new object or {}. GET /_lab/state returns a [World]. Optional members are in brackets:
//
//	add-company            name [standing]
//	rename-company         id name
//	edit-company-comments  id [comments]
//	set-company-standing   id standing
//	merge-companies        from into
//	delete-company         id
//	add-contact            company_id firstname surname [email]      -> {"contact", "affiliation"}
//	edit-contact           id [firstname] [surname] [email]
//	delete-contact         id
//	claim-request          id staff (0 releases the request)
//	close-request          id
//	reopen-request         id
//	convert-request        id target (issue, job or prospect)        -> the issue, job or prospect
//	edit-request           id [title] [body] [type_id] [affiliation_id]
//	delete-request         id
//	add-request            type_id affiliation_id title [body]
//	add-request-type       title
//	add-note               [staff] against_type against_id subject [body] [visibility]
//	add-asset-type         title
//	add-asset-field        type (title or ID) name field_type [options]
//	add-asset              type (title or ID) company_id title [values] (a list of NAME=VALUE)
//	edit-asset-title       id title
//	edit-asset-value       id field [value]
//	move-asset             id company_id
//	choose-asset-contact   id affiliation_id
//	delete-asset           id
//	set-mode               mode
//	set-switches           any of the switches; others stay unchanged, and the text "default" resets one
//	set-user-titles        object singular plural
//	set-rate-limit         [limit] [window_seconds]                  -> {"limit", "remaining", "resets"}
//	spend-calls            calls                                     -> the same
//	set-redirect-uris      redirect_uris (a list)
//	sign-up                company firstname surname email password [deployment] -> {"deployment", "company", "email", "url"}
//	end-trial              deployment
//	revoke-tokens                                                    -> {"revoked"}
//	expire-access-tokens                                             -> {"expired"}
//	expire-refresh-tokens                                            -> {"expired"}
//	expire-codes                                                     -> {"expired"}
//	unlock
//	delete-subscription    id
package accelo
