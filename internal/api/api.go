package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/version"
)

const (
	// base is the path of everything.
	base = "/api/v1"
	// maxBody bounds the body of a request.
	maxBody = 256 << 10
	// operationTimeout bounds what a request waits for: the database, Temporal and, for a correction, the vendors.
	operationTimeout = 45 * time.Second
)

// Options configures the API.
type Options struct {
	Store    *store.Store
	Operator *operate.Operator
	// AdminToken is a bearer token with all rights.
	AdminToken string
	Logger     *slog.Logger
	// Stopping is closed when the program ends, which ends streams; nil means never.
	Stopping <-chan struct{}
}

// API serves the routes. It is safe for concurrent use.
type API struct {
	store    *store.Store
	operator *operate.Operator
	admin    [sha256.Size]byte
	logger   *slog.Logger
	stopping <-chan struct{}
	huma     huma.API
}

// Register adds the routes to a mux and returns the API. It fails if an option is missing.
func Register(mux *http.ServeMux, options Options) (*API, error) {
	switch {
	case options.Store == nil || options.Operator == nil || options.Logger == nil:
		return nil, errors.New("api: Store, Operator and Logger are required")
	case options.AdminToken == "":
		return nil, errors.New("ADMIN_TOKEN is not set; the API requires it")
	}
	a := &API{
		store: options.Store, operator: options.Operator, admin: sha256.Sum256([]byte(options.AdminToken)), logger: options.Logger,
		stopping: options.Stopping,
	}
	config := huma.DefaultConfig("NinjaOne and Accelo sync", version.Version())
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/v1/openapi", "", ""
	config.CreateHooks = nil // no links to schemas in responses
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The admin token, or an API token."},
	}
	config.Security = []map[string][]string{{"token": {}}}
	a.huma = humago.New(mux, config)
	a.huma.UseMiddleware(a.authenticate)
	a.registerConnections()
	a.registerSetup()
	a.registerImports()
	a.registerReconciles()
	a.registerFailures()
	a.registerRecords()
	a.registerAlerts()
	a.registerTestAlert()
	a.registerAudit()
	a.registerTokens()
	a.allowNull()
	mux.HandleFunc(base+"/", a.unknownRoute)
	return a, nil
}

// schemaName names the schema of a type after its package too, unless it is of this one: several packages have a type of the same name.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if of := path.Base(t.PkgPath()); strings.Contains(t.PkgPath(), "/internal/") && of != "api" {
		return strings.ToUpper(of[:1]) + of[1:] + name
	}
	return name
}

// allowNull describes the members that hold an object or null: huma describes only the object.
func (a *API) allowNull() {
	for schema, members := range map[string][]string{"StatusConnection": {"brake"}, "ImportState": {"result"}, "Record": {"link"}} {
		described := a.huma.OpenAPI().Components.Schemas.Map()[schema]
		for _, member := range members {
			described.Properties[member] = &huma.Schema{AnyOf: []*huma.Schema{described.Properties[member], {Type: "null", Enum: []any{nil}}}}
		}
	}
}

// OpenAPI returns the description of the API.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// operation describes a route. The status is that of success; 0 means 200.
func operation(method, route, summary, tag string, status int) huma.Operation {
	operation := huma.Operation{
		OperationID: operationID(method, strings.TrimPrefix(route, base)), Method: method, Path: route, Summary: summary, Tags: []string{tag},
		MaxBodyBytes: maxBody, DefaultStatus: status,
		Errors: []int{
			http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError,
			http.StatusServiceUnavailable,
		},
	}
	return operation
}

// register adds a route whose handler returns the errors of package operate.
func register[I, O any](a *API, operation huma.Operation, handle func(context.Context, operate.Actor, *I) (*O, error)) {
	huma.Register(a.huma, operation, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeout(ctx, operationTimeout)
		defer cancel()
		out, err := handle(ctx, actorFrom(ctx), in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// bind binds a context to the pair of a connection, for reading.
func (a *API) bind(ctx context.Context, connection string) (context.Context, error) {
	bound, err := a.store.BindPair(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return ctx, &operate.NotFoundError{What: "connection", Reason: "unknown connection " + quote(connection)}
	}
	return bound, err
}
