package accelo

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// basePath starts the path of every resource call.
const basePath = "/api/v0/"

// handler serves one endpoint and returns the payload; its error is a *refusal.
type handler func(c *call) (any, error)

// route is one endpoint below /api/v0. Its pattern is that of an [http.ServeMux] without the base path. Every
// wildcard except {subscription} is a numeric ID.
type route struct {
	method  string
	pattern string
	handle  handler
	// unlocked handlers take the world's lock themselves because they wait for the subscriber's reply.
	unlocked bool
	// undocumented routes don't exist in ModeDocumented (accelo-undocumented.md).
	undocumented bool
}

func get(pattern string, h handler) route {
	return route{method: http.MethodGet, pattern: pattern, handle: h}
}

func post(pattern string, h handler) route {
	return route{method: http.MethodPost, pattern: pattern, handle: h}
}

func put(pattern string, h handler) route {
	return route{method: http.MethodPut, pattern: pattern, handle: h}
}

func del(pattern string, h handler) route {
	return route{method: http.MethodDelete, pattern: pattern, handle: h}
}

func undocumented(r route) route {
	r.undocumented = true
	return r
}

// resource is the first segment of the pattern, which scopes name.
func (r *route) resource() string {
	name, _, _ := strings.Cut(r.pattern, "/")
	return name
}

var wildcard = regexp.MustCompile(`\{(\w+)\}`)

// hasValidIDs reports whether every ID in the path is a number.
func (r *route) hasValidIDs(request *http.Request) bool {
	for _, match := range wildcard.FindAllStringSubmatch(r.pattern, -1) {
		if _, ok := parseID(request.PathValue(match[1])); !ok && match[1] != "subscription" {
			return false
		}
	}
	return true
}

// parseID reads an ID from a path.
func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id >= 0
}

// router dispatches calls below /api/v0. Paths that start with a record, such as companies/{id}/status, have their own
// mux: http.ServeMux rejects them as ambiguous beside companies/statuses/{id}, although IDs are always numbers.
type router struct {
	records, collections *http.ServeMux
}

func (s *Simulator) newRouter() router {
	rt := router{records: http.NewServeMux(), collections: http.NewServeMux()}
	for _, group := range allRoutes() {
		for _, endpoint := range group {
			mux := rt.collections
			if strings.HasPrefix(endpoint.pattern, endpoint.resource()+"/{id}") {
				mux = rt.records
			}
			mux.HandleFunc(endpoint.method+" "+basePath+endpoint.pattern, func(w http.ResponseWriter, r *http.Request) {
				s.serveEndpoint(w, r, &endpoint)
			})
		}
	}
	for _, mux := range []*http.ServeMux{rt.records, rt.collections} {
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { callOf(r).envelope.refuse(w, unrecognized()) })
	}
	return rt
}

func allRoutes() [][]route {
	return [][]route{
		userRoutes(), companyRoutes(), contactRoutes(), affiliationRoutes(), requestRoutes(), assetRoutes(), assetLinkRoutes(),
		customFieldRoutes(), workRoutes(), activityRoutes(), webhookRoutes(),
	}
}

// dispatch sends a call to the endpoint of its method and path.
func (rt router) dispatch(w http.ResponseWriter, r *http.Request, method string, c *call) {
	target := strings.TrimSuffix(r.URL.Path, ".json")
	if path.Clean(target) != target {
		// ServeMux would redirect, which Accelo does not do.
		c.envelope.refuse(w, unrecognized())
		return
	}
	routed := r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	routed.Method, routed.URL = method, &url.URL{Path: target}
	_, below, _ := strings.Cut(strings.TrimPrefix(target, basePath), "/")
	first, _, _ := strings.Cut(below, "/")
	if _, isRecord := parseID(first); isRecord {
		rt.records.ServeHTTP(w, routed)
		return
	}
	rt.collections.ServeHTTP(w, routed)
}

type callKey struct{}

// callOf returns the call that dispatch attached to the request.
func callOf(r *http.Request) *call {
	c, _ := r.Context().Value(callKey{}).(*call)
	return c
}
