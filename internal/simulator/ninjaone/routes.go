package ninjaone

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// endpoint is one operation of the vendor's API.
type endpoint struct {
	method, path string
	// scope is what a token needs; GETs need monitoring, everything that changes something management (contract 10).
	scope string
	// parameters are the query parameters that exist; others are ignored, as the vendor does, and logged as violations.
	parameters []string
	serve      http.HandlerFunc
}

// endpoints is everything below /v2 (contract 3 to 7).
func (s *Simulator) endpoints() []endpoint {
	get := func(path string, serve http.HandlerFunc, parameters ...string) endpoint {
		return endpoint{http.MethodGet, path, scopeMonitoring, parameters, serve}
	}
	write := func(method, path string, serve http.HandlerFunc) endpoint {
		return endpoint{method, path, scopeManagement, nil, serve}
	}
	return []endpoint{
		get("/organizations", s.getOrganizations(plainOrganization), "pageSize", "after", "of"),
		get("/organizations-detailed", s.getOrganizations(detailedOrganization), "pageSize", "after", "of"),
		get("/organization/{id}", s.getOrganization),
		get("/organization/{id}/locations", s.getOrganizationLocations),
		get("/organization/{id}/devices", s.getOrganizationDevices, "pageSize", "after"),
		get("/organization/{id}/end-users", s.getEndUsers, "includeRoles"),
		get("/locations", s.getLocations, "pageSize", "after"),
		get("/devices", s.getDevices, "df", "pageSize", "after"),
		get("/devices-detailed", s.getDevicesDetailed, "df", "pageSize", "after"),
		get("/devices/search", s.searchDevices, "q", "limit"),
		get("/device/{id}", s.getDevice),
		get("/device/{id}/alerts", s.getDeviceAlerts, "lang", "tz"),
		get("/device/{id}/activities", s.getDeviceActivities, "olderThan", "newerThan", "activityType", "status", "seriesUid", "pageSize", "lang", "tz"),
		get("/device/{id}/last-logged-on-user", s.getLastUser),
		get("/device/{id}/dashboard-url", s.getDashboardURL, "redirect"),
		get("/device/{id}/custom-fields", s.getCustomFields, "withInheritance"),
		get("/policies", s.getPolicies),
		get("/roles", s.getRoles),
		get("/noderole/list", s.getRoles, "isAssignable"),
		get("/users", s.getUsers, "userType", "includeRoles"),
		get("/groups", emptyList),
		get("/alerts", s.getAlerts, "sourceType", "df", "lang", "tz"),
		get("/activities", s.getActivities, "class", "before", "after", "olderThan", "newerThan", "type", "status", "user", "seriesUid", "df",
			"pageSize", "lang", "tz", "sourceConfigUid"),
		get("/queries/logged-on-users", s.query(loggedOnUser), "df", "cursor", "pageSize"),
		get("/queries/operating-systems", s.query(operatingSystem), "df", "ts", "cursor", "pageSize"),
		get("/queries/computer-systems", s.query(computerSystem), "df", "ts", "cursor", "pageSize"),
		get("/queries/device-health", s.query(deviceHealth), "df", "health", "cursor", "pageSize"),
		write(http.MethodDelete, "/alert/{uid}", s.deleteAlert),
		write(http.MethodPost, "/alert/{uid}/reset", s.postAlertReset),
		write(http.MethodPatch, "/device/{id}", s.patchDevice),
		write(http.MethodPatch, "/device/{id}/custom-fields", s.patchCustomFields),
		write(http.MethodPost, "/devices/approval/{mode}", s.postApproval),
		// A webhook may be registered with monitoring alone (contract 7.1).
		{http.MethodPut, "/webhook", scopeMonitoring, nil, s.putWebhook},
		{http.MethodDelete, "/webhook", scopeMonitoring, nil, s.deleteWebhook},
	}
}

// routes is the vendor's whole API. Credentials are checked before the route: an unknown path with bad ones is refused
// for its credentials.
func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, e := range s.endpoints() {
		for _, base := range bases {
			mux.HandleFunc(e.method+" "+base+e.path, s.authorized(e.scope, checked(e)))
			methods[base+e.path] = append(methods[base+e.path], e.method)
		}
	}
	for _, base := range bases {
		// Answered 405 by contract 5.1, although POST is on the longer path only.
		methods[base+"/alert/{uid}"] = []string{http.MethodDelete}
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, s.authorized("", func(w http.ResponseWriter, r *http.Request) {
			lab.Violate(r.Context(), "no such method on this path")
			methodNotAllowed(w, r, allowed...)
		}))
	}
	unknown := s.authorized("", func(w http.ResponseWriter, r *http.Request) {
		lab.Violate(r.Context(), "this path is not in the contract, or not simulated")
		notFound(w, r, "Resource")
	})
	mux.HandleFunc("/v2/", unknown)
	mux.HandleFunc("/api/v2/", unknown)
	s.legacyRoutes(mux)
	mux.HandleFunc("/v1/", unknown)
	mux.HandleFunc("/ws/oauth/token", s.serveToken)
	mux.HandleFunc("/oauth/token", s.serveToken)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		lab.Violate(r.Context(), "this path is not in the contract")
		http.NotFound(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setRequestHeaders(w)
		if strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/.") {
			// ServeMux would redirect to the cleaned path, which the vendor does not do.
			unknown(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// bases are the two base paths with the same answers (contract 1.2).
var bases = []string{"/v2", "/api/v2"}

// checked logs parameters that do not exist. The vendor ignores them silently, which hides mistakes (contract 9.3).
func checked(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for name := range r.URL.Query() {
			if !slices.Contains(e.parameters, name) {
				lab.Violate(r.Context(), "no query parameter "+strconv.Quote(name)+" here: it is ignored")
			}
		}
		e.serve(w, r)
	}
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request, allowed ...string) {
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	applicationError(w, r, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Method not allowed")
}

func emptyList(w http.ResponseWriter, r *http.Request) { reply(w, r, []string{}) }

// classify tells token requests from reads and writes, for the counters.
func classify(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/oauth/token") {
		return lab.KindAuth
	}
	return lab.Classify(r)
}

// normalizePath groups the two base paths in the counters.
func normalizePath(path string) string {
	if rest, found := strings.CutPrefix(path, "/api/v2/"); found {
		path = "/v2/" + rest
	}
	return lab.NormalizePath(path)
}

// pathID reads an int32 from the path, or answers 400.
func pathID(w http.ResponseWriter, r *http.Request) (int, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 32)
	if err != nil {
		badParameter(w, r, "id", "must be an int32")
		return 0, false
	}
	return int(id), true
}
