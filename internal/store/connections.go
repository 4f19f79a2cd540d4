package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Connection is one pair of a NinjaOne tenant and an Accelo deployment.
type Connection struct {
	Name           string
	NinjaoneURL    string
	NinjaoneAuth   string
	NinjaoneSealed []byte
	AcceloURL      string
	Deployment     string
	AcceloSealed   []byte
	// WebhooksSealed is what webhooks are recognized by; nil until it is made.
	WebhooksSealed []byte
	Settings       Settings
	Budget         Budget
	Ready          bool
	Todo           []string
	// Version grows with every change of credentials or settings, so that cached clients know when they are stale.
	Version   int64
	UpdatedAt time.Time
}

// Settings are what `connect` found out about the two accounts.
type Settings struct {
	// Connected tells that both vendors accepted the credentials when they were last asked.
	Connected bool `json:"connected,omitempty"`
	// PublicURL is where webhooks were registered.
	PublicURL string `json:"public_url,omitempty"`
	// PageSize is how many rows NinjaOne really returns on a page.
	PageSize     int                    `json:"page_size,omitempty"`
	RequestType  ObjectType             `json:"request_type,omitzero"`
	AssetType    ObjectType             `json:"asset_type,omitzero"`
	Fields       map[string]CustomField `json:"fields,omitempty"`
	Capabilities Capabilities           `json:"capabilities,omitzero"`
	// Priorities are the ids of the request priorities, by their factor from 1 (none) to 5 (extreme).
	Priorities map[int]int64 `json:"priorities,omitempty"`
	// Titles are the deployment's own words for its objects: object type to singular and plural.
	Titles map[string]Label `json:"titles,omitempty"`
}

// Titled is an object of Accelo that a setting names by its title.
type ObjectType struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

// Titles are a deployment's words for one type of object.
type Label struct {
	SingularTitle string `json:"singular"`
	PluralTitle   string `json:"plural"`
}

// CustomField is a custom field of the asset type as it exists in the deployment.
type CustomField struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

// Capabilities are the calls beyond Accelo's documentation that a deployment allows; nil means that it is not known yet.
type Capabilities struct {
	CreateAssets         *bool `json:"create_assets"`
	CreateAssetTypes     *bool `json:"create_asset_types"`
	CreateAssetFields    *bool `json:"create_asset_fields"`
	SetFieldsOnCreate    *bool `json:"set_fields_on_create"`
	LinkAssetsToRequests *bool `json:"link_assets_to_requests"`
}

// Budget is the last that was seen of a deployment's hourly budget of calls.
type Budget struct {
	Limit         int       `json:"limit"`
	Remaining     int       `json:"remaining"`
	Reset         time.Time `json:"reset,omitzero"`
	WindowSeconds int       `json:"window_seconds,omitempty"`
	SeenAt        time.Time `json:"seen_at,omitzero"`
}

const connectionColumns = `name, ninjaone_url, ninjaone_auth, ninjaone_sealed, accelo_url, deployment, accelo_sealed,
	webhooks_sealed, settings, budget, ready, todo, version, updated_at`

// Connection returns a connection by name, or ErrNotFound.
func (s *Store) Connection(ctx context.Context, name string) (Connection, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+connectionColumns+` FROM connections WHERE name = $1`, name)
	if err != nil {
		return Connection{}, fmt.Errorf("read connection %s: %w", name, err)
	}
	connection, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Connection])
	if errors.Is(err, pgx.ErrNoRows) {
		return Connection{}, ErrNotFound
	}
	if err != nil {
		return Connection{}, fmt.Errorf("read connection %s: %w", name, err)
	}
	return connection, nil
}

// ConnectionVersion returns the version of a connection, 0 where there is none: whoever knows that version need not read the rest.
func (s *Store) ConnectionVersion(ctx context.Context, name string) (version int64, err error) {
	err = s.pool.QueryRow(ctx, connectionVersion, name).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the version of connection %s: %w", name, err)
	}
	return version, nil
}

const connectionVersion = `SELECT coalesce(max(version), 0) FROM connections WHERE name = $1`

// Connections returns every connection by name.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+connectionColumns+` FROM connections ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Connection])
}

// SaveCredentials creates a connection or replaces where it points and its credentials. What was found out about it
// stays, unless it points elsewhere now.
func (s *Store) SaveCredentials(ctx context.Context, c Connection) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO connections AS old
		(name, ninjaone_url, ninjaone_auth, ninjaone_sealed, accelo_url, deployment, accelo_sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (name) DO UPDATE SET ninjaone_url = EXCLUDED.ninjaone_url, ninjaone_auth = EXCLUDED.ninjaone_auth,
			ninjaone_sealed = EXCLUDED.ninjaone_sealed, accelo_url = EXCLUDED.accelo_url, deployment = EXCLUDED.deployment,
			accelo_sealed = EXCLUDED.accelo_sealed, version = old.version + 1, updated_at = now(),
			ready = old.ready AND old.accelo_url = EXCLUDED.accelo_url AND old.ninjaone_url = EXCLUDED.ninjaone_url,
			settings = CASE WHEN old.accelo_url <> EXCLUDED.accelo_url THEN '{}'
				WHEN old.ninjaone_url <> EXCLUDED.ninjaone_url THEN old.settings - 'connected' ELSE old.settings END,
			budget = CASE WHEN old.accelo_url = EXCLUDED.accelo_url THEN old.budget ELSE '{}' END`,
		c.Name, c.NinjaoneURL, c.NinjaoneAuth, c.NinjaoneSealed, c.AcceloURL, c.Deployment, c.AcceloSealed)
	if err != nil {
		return fmt.Errorf("save connection %s: %w", c.Name, err)
	}
	return nil
}

// SaveSettings stores what `connect` found out, whether the connection is ready, and what is left to do by hand.
func (s *Store) SaveSettings(ctx context.Context, name string, settings Settings, ready bool, todo []string) error {
	if todo == nil {
		todo = []string{}
	}
	_, err := s.pool.Exec(ctx, `UPDATE connections SET settings = $2, ready = $3, todo = $4, version = version + 1,
		updated_at = now() WHERE name = $1`, name, settings, ready, todo)
	if err != nil {
		return fmt.Errorf("save the settings of connection %s: %w", name, err)
	}
	return nil
}

// Learn stores one capability that was found out in use.
func (s *Store) SaveCapability(ctx context.Context, name, capability string, able bool) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET version = version + 1, updated_at = now(),
		settings = jsonb_set(jsonb_set(settings, '{capabilities}', coalesce(settings->'capabilities', '{}')),
			ARRAY['capabilities', $2], to_jsonb($3::boolean)) WHERE name = $1`, name, capability, able)
	if err != nil {
		return fmt.Errorf("store capability %s of connection %s: %w", capability, name, err)
	}
	return nil
}

// SaveBudget stores the newest reading of the budget; an older one is ignored.
func (s *Store) SaveBudget(ctx context.Context, name string, budget Budget) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET budget = $2
		WHERE name = $1 AND coalesce((budget->>'seen_at')::timestamptz, '-infinity') <= $3`, name, budget, budget.SeenAt)
	if err != nil {
		return fmt.Errorf("save the budget of connection %s: %w", name, err)
	}
	return nil
}

// SavePolicies stores the names of NinjaOne's policies, by id, for paths that cannot spend a call on them.
func (s *Store) SavePolicies(ctx context.Context, name string, policies map[int]string) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET policies = $2 WHERE name = $1`, name, policies)
	if err != nil {
		return fmt.Errorf("save the policies of connection %s: %w", name, err)
	}
	return nil
}

// Policies returns the names of NinjaOne's policies as they were last read.
func (s *Store) Policies(ctx context.Context, name string) (map[int]string, error) {
	policies := map[int]string{}
	err := s.pool.QueryRow(ctx, `SELECT policies FROM connections WHERE name = $1`, name).Scan(&policies)
	if err != nil {
		return nil, fmt.Errorf("read the policies of connection %s: %w", name, err)
	}
	return policies, nil
}

// Webhooks returns what webhooks are recognized by, sealed; nil until it is made. It is ErrNotFound where there is no such connection.
func (s *Store) WebhookSecrets(ctx context.Context, name string) (sealed []byte, err error) {
	err = s.pool.QueryRow(ctx, `SELECT webhooks_sealed FROM connections WHERE name = $1`, name).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read the webhook secrets of connection %s: %w", name, err)
	}
	return sealed, nil
}

// SaveWebhooks stores what webhooks are recognized by, unless somebody else has done so since it was read as before.
func (s *Store) SaveWebhookSecrets(ctx context.Context, name string, before, sealed []byte) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET webhooks_sealed = $3, updated_at = now()
		WHERE name = $1 AND webhooks_sealed IS NOT DISTINCT FROM $2`, name, before, sealed)
	if err != nil {
		return fmt.Errorf("save the webhook secrets of connection %s: %w", name, err)
	}
	return nil
}
