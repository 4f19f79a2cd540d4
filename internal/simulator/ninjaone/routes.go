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
	// scope is the scope that the token needs: monitoring for GET, management for changes (ninjaone.md 10).
	scope string
	// parameters are the known query parameters. Others are ignored, as NinjaOne does, and recorded as violations.
	parameters []string
	serve      http.HandlerFunc
}

// endpoints returns the operations below /v2 (ninjaone.md 3 to 7).
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
		// The scope monitoring is enough to register a webhook (ninjaone.md 7.1).
		{http.MethodPut, "/webhook", scopeMonitoring, nil, s.putWebhook},
		{http.MethodDelete, "/webhook", scopeMonitoring, nil, s.deleteWebhook},
	}
}

// routes returns the handler of the whole API. It checks credentials before the path, so an unknown path with invalid
// credentials is rejected for its credentials.
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
		// Other methods return 405 (ninjaone.md 5.1).
		methods[base+"/alert/{uid}"] = []string{http.MethodDelete}
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, s.authorized("", func(w http.ResponseWriter, r *http.Request) {
			lab.RecordViolation(r.Context(), "this path does not support the method")
			methodNotAllowed(w, r, allowed...)
		}))
	}
	unknown := s.authorized("", func(w http.ResponseWriter, r *http.Request) {
		lab.RecordViolation(r.Context(), "unknown path, or not simulated")
		notFound(w, r, "Resource")
	})
	mux.HandleFunc("/v2/", unknown)
	mux.HandleFunc("/api/v2/", unknown)
	s.legacyRoutes(mux)
	mux.HandleFunc("/v1/", unknown)
	s.authorizeRoutes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		lab.RecordViolation(r.Context(), "unknown path")
		http.NotFound(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setRequestHeaders(w)
		if strings.Contains(r.URL.Path, "//") || strings.Contains(r.URL.Path, "/.") {
			// ServeMux would redirect to the clean path, which NinjaOne does not do.
			unknown(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// bases are the two equivalent base paths (ninjaone.md 1.2).
var bases = []string{"/v2", "/api/v2"}

// checked records unknown query parameters as violations. NinjaOne silently ignores them, which hides mistakes
// (ninjaone.md 9).
func checked(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for name := range r.URL.Query() {
			if !slices.Contains(e.parameters, name) {
				lab.RecordViolation(r.Context(), "unknown query parameter "+strconv.Quote(name)+" is ignored")
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

// classify returns the kind of a call for the counters.
func classify(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/ws/oauth/") || strings.HasPrefix(r.URL.Path, "/oauth/") {
		return lab.KindAuth
	}
	return lab.Classify(r)
}

// normalizePath counts both base paths as one.
func normalizePath(path string) string {
	if rest, found := strings.CutPrefix(path, "/api/v2/"); found {
		path = "/v2/" + rest
	}
	return lab.NormalizePath(path)
}

// pathID reads an int32 ID from the path, or replies with 400.
func pathID(w http.ResponseWriter, r *http.Request) (int, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 32)
	if err != nil {
		badParameter(w, r, "id", "must be an int32")
		return 0, false
	}
	return int(id), true
}
