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
	Settings       Settings
	Budget         Budget
	Ready          bool
	// Todo lists what an administrator must do by hand.
	Todo []string
	// Version grows with every change of credentials or settings and invalidates cached clients.
	Version int64
	// Identity is what identifies the two accounts.
	Identity Identity
	// PairNumber counts the pairs that the connection has had, and PairSince is when the current one began (see Pair).
	PairNumber int64     `db:"pair"`
	PairSince  time.Time `db:"pair_since"`
	// Chosen are the options that someone chose, by name and in the form of the environment.
	Chosen map[string]string `db:"options"`
	// SignIns are the vendors that users sign in to, and Grants what they granted, for storing; neither is read with a connection.
	SignIns []Vendor `db:"-"`
	Grants  []Grant  `db:"-"`
}

// Pair returns the pair that all of the connection's rows belong to.
func (c Connection) Pair() Pair {
	return Pair{Connection: c.Name, Number: c.PairNumber, Since: c.PairSince}
}

// Settings are what `connect` found out about the two accounts.
type Settings struct {
	// Connected is set if both vendors accepted the credentials last time.
	Connected bool `json:"connected,omitempty"`
	// PublicURL is where webhooks were registered.
	PublicURL    string                 `json:"public_url,omitempty"`
	RequestType  ObjectType             `json:"request_type,omitzero"`
	AssetType    ObjectType             `json:"asset_type,omitzero"`
	Fields       map[string]CustomField `json:"fields,omitempty"`
	Capabilities Capabilities           `json:"capabilities,omitzero"`
	// Priorities maps the factor of a request priority, from 1 (none) to 5 (extreme), to its id.
	Priorities map[int]int64 `json:"priorities,omitempty"`
	// Titles are the deployment's names for its objects, by object type.
	Titles map[string]Label `json:"titles,omitempty"`
}

// ObjectType is an Accelo request or asset type that a setting names by its title.
type ObjectType struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

// Label is a deployment's name for one type of object, as its menus show it. Within a sentence use Singular and Plural.
type Label struct {
	SingularTitle string `json:"singular"`
	PluralTitle   string `json:"plural"`
}

// CustomField is a custom field of the deployment's asset type.
type CustomField struct {
	ID   int64  `json:"id"`
	Type string `json:"type"`
}

// Capabilities are undocumented API calls that a deployment may support; nil means unknown.
type Capabilities struct {
	CreateAssets         *bool `json:"create_assets"`
	CreateAssetTypes     *bool `json:"create_asset_types"`
	CreateAssetFields    *bool `json:"create_asset_fields"`
	SetFieldsOnCreate    *bool `json:"set_fields_on_create"`
	LinkAssetsToRequests *bool `json:"link_assets_to_requests"`
}

// Budget is the last known state of a deployment's hourly budget of calls.
type Budget struct {
	Limit         int       `json:"limit"`
	Remaining     int       `json:"remaining"`
	Reset         time.Time `json:"reset,omitzero"`
	WindowSeconds int       `json:"window_seconds,omitempty"`
	SeenAt        time.Time `json:"seen_at,omitzero"`
}

const connectionColumns = `name, ninjaone_url, ninjaone_auth, ninjaone_sealed, accelo_url, deployment, accelo_sealed,
	settings, budget, ready, todo, version, identity, pair, pair_since, options`

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

// ConnectionVersion returns the version of a connection, or 0 if it does not exist. It is cheaper than reading the connection.
func (s *Store) ConnectionVersion(ctx context.Context, name string) (version int64, err error) {
	err = s.pool.QueryRow(ctx, connectionVersion, name).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the version of connection %s: %w", name, err)
	}
	return version, nil
}

const connectionVersion = `SELECT coalesce(max(version), 0) FROM connections WHERE name = $1`

// Connections returns all connections, ordered by name.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+connectionColumns+` FROM connections ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Connection])
}

// ErrConnectionChanged means that a connection was changed since the caller read it.
var ErrConnectionChanged = errors.New("the connection was changed in the meantime")

// SaveCredentials creates a connection, or replaces its credentials and addresses by others of the same pair: everything else is
// kept. It returns ErrConnectionChanged if c has a version and the stored one differs.
func (s *Store) SaveCredentials(ctx context.Context, c Connection) error {
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO connections AS old
			(name, ninjaone_url, ninjaone_auth, ninjaone_sealed, accelo_url, deployment, accelo_sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (name) DO UPDATE SET ninjaone_url = EXCLUDED.ninjaone_url, ninjaone_auth = EXCLUDED.ninjaone_auth,
				ninjaone_sealed = EXCLUDED.ninjaone_sealed, accelo_url = EXCLUDED.accelo_url, deployment = EXCLUDED.deployment,
				accelo_sealed = EXCLUDED.accelo_sealed, version = old.version + 1, updated_at = now()
				WHERE $8 = 0 OR old.version = $8`,
			c.Name, c.NinjaoneURL, c.NinjaoneAuth, c.NinjaoneSealed, c.AcceloURL, c.Deployment, c.AcceloSealed, c.Version)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrConnectionChanged
		}
		if err != nil {
			return err
		}
		return saveGrants(ctx, tx, c)
	})
	if err != nil {
		return fmt.Errorf("save connection %s: %w", c.Name, err)
	}
	return nil
}

// SaveSettings stores what `connect` found out, whether the connection is ready, and what an administrator must still do.
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

// SaveOptions replaces the options that were chosen for a connection. It returns ErrConnectionChanged if they are no longer those of
// before: someone else has changed them since the caller read them.
func (s *Store) SaveOptions(ctx context.Context, name string, before, chosen map[string]string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE connections SET options = coalesce($3, '{}'::jsonb), version = version + 1, updated_at = now()
		WHERE name = $1 AND options = coalesce($2, '{}'::jsonb)`, name, before, chosen)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrConnectionChanged
	}
	if err != nil {
		return fmt.Errorf("save the options of connection %s: %w", name, err)
	}
	return nil
}

// SaveCapability stores whether a deployment supports one call, named as in the JSON of Capabilities.
func (s *Store) SaveCapability(ctx context.Context, name, capability string, supported bool) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET version = version + 1, updated_at = now(),
		settings = jsonb_set(jsonb_set(settings, '{capabilities}', coalesce(settings->'capabilities', '{}')),
			ARRAY['capabilities', $2], to_jsonb($3::boolean)) WHERE name = $1`, name, capability, supported)
	if err != nil {
		return fmt.Errorf("store capability %s of connection %s: %w", capability, name, err)
	}
	return nil
}

// SaveBudget stores a reading of the budget unless a newer one is stored.
func (s *Store) SaveBudget(ctx context.Context, name string, budget Budget) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET budget = $2
		WHERE name = $1 AND coalesce((budget->>'seen_at')::timestamptz, '-infinity') <= $3`, name, budget, budget.SeenAt)
	if err != nil {
		return fmt.Errorf("save the budget of connection %s: %w", name, err)
	}
	return nil
}

// SavePolicies stores the names of NinjaOne's policies, by id, so that syncing a single device needs no call for them.
func (s *Store) SavePolicies(ctx context.Context, name string, policies map[int]string) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET policies = $2 WHERE name = $1`, name, policies)
	if err != nil {
		return fmt.Errorf("save the policies of connection %s: %w", name, err)
	}
	return nil
}

// Policies returns the stored names of NinjaOne's policies, by id.
func (s *Store) Policies(ctx context.Context, name string) (map[int]string, error) {
	policies := map[int]string{}
	err := s.pool.QueryRow(ctx, `SELECT policies FROM connections WHERE name = $1`, name).Scan(&policies)
	if err != nil {
		return nil, fmt.Errorf("read the policies of connection %s: %w", name, err)
	}
	return policies, nil
}

// Webhooks is what a delivery of a webhook depends on.
type Webhooks struct {
	// Sealed are the sealed secrets that authenticate deliveries, nil if there are none yet.
	Sealed []byte
	// Pair is the pair that they belong to.
	Pair Pair
	// Chosen are the options that someone chose for the connection.
	Chosen map[string]string
}

// Webhooks returns what a delivery for a connection depends on, or ErrNotFound.
func (s *Store) Webhooks(ctx context.Context, name string) (Webhooks, error) {
	webhooks := Webhooks{Pair: Pair{Connection: name}}
	err := s.pool.QueryRow(ctx, `SELECT webhooks_sealed, pair, pair_since, options FROM connections WHERE name = $1`, name).
		Scan(&webhooks.Sealed, &webhooks.Pair.Number, &webhooks.Pair.Since, &webhooks.Chosen)
	if errors.Is(err, pgx.ErrNoRows) {
		return Webhooks{}, ErrNotFound
	}
	if err != nil {
		return Webhooks{}, fmt.Errorf("read the webhook secrets of connection %s: %w", name, err)
	}
	return webhooks, nil
}

// SaveWebhookSecrets replaces the sealed secrets unless they are no longer the same as before.
func (s *Store) SaveWebhookSecrets(ctx context.Context, name string, before, sealed []byte) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET webhooks_sealed = $3, updated_at = now()
		WHERE name = $1 AND webhooks_sealed IS NOT DISTINCT FROM $2`, name, before, sealed)
	if err != nil {
		return fmt.Errorf("save the webhook secrets of connection %s: %w", name, err)
	}
	return nil
}
