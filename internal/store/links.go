package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Kind is the kind of a linked record, named after NinjaOne's side.
type Kind string

// The kinds of linked records. A contact is the one we create for an organization's company.
const (
	Organizations Kind = "organization"
	Contacts      Kind = "contact"
	Devices       Kind = "device"
	Alerts        Kind = "alert"
	// AssetLinks and Notes have no record in NinjaOne. They are linked because Accelo would accept each of them twice; their id names
	// what is written, and where.
	AssetLinks Kind = "asset-link"
	Notes      Kind = "note"
)

// State is the state of a link.
type State string

// The states. Claimed and Doubt belong to unfinished creates (see Ensure). Waiting is a device whose asset Accelo's API cannot create.
const (
	Claimed State = "claimed"
	Doubt   State = "doubt"
	Linked  State = "linked"
	Waiting State = "waiting"
)

// Key identifies a link.
type Key struct {
	Connection string
	Kind       Kind
	NinjaID    string
}

// KeyOf returns the key of a record with a numeric NinjaOne id.
func KeyOf(connection string, kind Kind, id int) Key {
	return Key{Connection: connection, Kind: kind, NinjaID: strconv.Itoa(id)}
}

// Link connects a NinjaOne record to its object in Accelo.
type Link struct {
	Connection     string
	Kind           Kind
	NinjaID        string
	OrganizationID int
	State          State
	MatchKey       string
	// AcceloID is the company, contact, asset or request; CompanyID and AffiliationID say where it belongs.
	AcceloID, CompanyID, AffiliationID int64
	// ChosenAffiliation is the contact that users chose for the requests and assets of an organization, 0 for AffiliationID.
	ChosenAffiliation int64
	// Baseline holds the values last synced; ManualChanges the values that users changed since.
	Baseline      rules.Baseline       `db:"written"`
	ManualChanges []rules.ManualChange `db:"differences"`
	WrittenAt     *time.Time
	// CreatedAt is when the object's creation was claimed, or the link made, by the database's clock.
	CreatedAt time.Time
	// ReadAt is when NinjaOne was asked for the values that were last synced; nil if unknown.
	ReadAt *time.Time
	// Facts hold what alerts need of the record without an API call.
	Facts Facts
	// ImportID and Outcome say what the last import did with the record.
	ImportID string
	Outcome  rules.Outcome
	// Version changes with every change of the stored link. It tells SaveLink whether the link was changed since it was read.
	Version int64
}

// Facts are attributes of a NinjaOne record that are stored but not written to Accelo.
type Facts struct {
	// Name is an organization's name in NinjaOne.
	Name string `json:"name,omitempty"`
	// TeamViewer is an organization's TeamViewer setting.
	TeamViewer rules.TeamViewer `json:"team_viewer,omitzero"`
	// Serial is a device's serial number.
	Serial string `json:"serial,omitempty"`
}

// NewerThan reports whether the link was synced with values that NinjaOne was asked for after this time.
func (l Link) NewerThan(readAt time.Time) bool {
	return l.ReadAt != nil && !readAt.IsZero() && readAt.Before(*l.ReadAt)
}

// Key returns the link's key.
func (l Link) Key() Key {
	return Key{Connection: l.Connection, Kind: l.Kind, NinjaID: l.NinjaID}
}

// DescribeDevice adds to an alert what the link of its device says about it, as a webhook would have said.
func (l Link) DescribeDevice(alert *rules.Alert) {
	alert.OrganizationID = l.OrganizationID
	alert.DeviceName = cmp.Or(alert.DeviceName, l.Baseline[rules.TitleField].Ninja)
	alert.NodeClass = cmp.Or(alert.NodeClass, l.Baseline[rules.NodeClassField].Ninja)
}

// Contact returns the affiliation that an organization's requests and assets belong to: the chosen one, else the company's primary contact.
// It is 0 if there is none yet.
func (l Link) Contact() int64 { return cmp.Or(l.ChosenAffiliation, l.AffiliationID) }

// OutcomeIn returns what an import did with the record, over all of its attempts.
func (l Link) OutcomeIn(importID string) rules.Outcome {
	if l.ImportID == importID && l.Outcome != "" {
		return l.Outcome
	}
	return rules.Unchanged
}

const linkColumns = `connection, kind, ninja_id, organization_id, state, match_key, accelo_id, company_id, affiliation_id,
	written, differences, written_at, read_at, facts, import_id, outcome, created_at, xmin::text::bigint AS version,
	coalesce((SELECT o.affiliation_id FROM organizations o WHERE links.kind = 'organization' AND o.connection = links.connection
		AND o.ninja_id = links.ninja_id), 0) AS chosen_affiliation`

// Link returns the link of a record in any state, or ErrNotFound.
func (s *Store) Link(ctx context.Context, key Key) (Link, error) {
	return s.oneLink(ctx, `connection = $1 AND kind = $2 AND ninja_id = $3`, key.Connection, key.Kind, key.NinjaID)
}

func (s *Store) oneLink(ctx context.Context, where string, arguments ...any) (Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links WHERE `+where, arguments...)
	if err != nil {
		return Link{}, fmt.Errorf("read link: %w", err)
	}
	link, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Link])
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, ErrNotFound
	}
	if err != nil {
		return Link{}, fmt.Errorf("read link: %w", err)
	}
	return link, nil
}

// AlertLinks are the links of an alert's organization and device, nil for one that was never synced.
type AlertLinks struct {
	// Version is the connection's version, 0 if there is no connection.
	Version              int64
	Organization, Device *Link
	// Choice is what users have chosen for the organization.
	Choice OrganizationChoice
}

// AlertLinks returns what opening an alert's request needs, in one round trip.
func (s *Store) AlertLinks(ctx context.Context, connection string, organizationID, deviceID int) (AlertLinks, error) {
	var found AlertLinks
	batch := &pgx.Batch{}
	batch.Queue(connectionVersion, connection).QueryRow(func(row pgx.Row) error {
		return row.Scan(&found.Version)
	})
	batch.Queue(choiceOfOrganization, connection, strconv.Itoa(organizationID)).QueryRow(func(row pgx.Row) error {
		return scanChoice(row, &found.Choice)
	})
	batch.Queue(`SELECT `+linkColumns+` FROM links WHERE connection = $1
			AND (kind = 'organization' AND ninja_id = $2 OR kind = 'device' AND ninja_id = $3)`,
		connection, strconv.Itoa(organizationID), strconv.Itoa(deviceID)).Query(func(rows pgx.Rows) error {
		links, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Link])
		for _, link := range links {
			if link.Kind == Organizations {
				found.Organization = link
			} else {
				found.Device = link
			}
		}
		return err
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return AlertLinks{}, fmt.Errorf("read the links of device %d and organization %d: %w", deviceID, organizationID, err)
	}
	return found, nil
}

// LinksByID returns the links of the given records, by NinjaOne id.
func (s *Store) LinksByID(ctx context.Context, connection string, kind Kind, ninjaIDs []string) (map[string]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = ANY($3)`,
		connection, kind, ninjaIDs)
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Link])
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	found := make(map[string]Link, len(list))
	for _, link := range list {
		found[link.NinjaID] = link
	}
	return found, nil
}

// LinkedDevices returns the links of an organization's devices that have an asset.
func (s *Store) LinkedDevices(ctx context.Context, connection string, organizationID int) ([]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links
		WHERE connection = $1 AND kind = 'device' AND organization_id = $2 AND state = 'linked' ORDER BY accelo_id`, connection, organizationID)
	if err != nil {
		return nil, fmt.Errorf("read the devices of organization %d: %w", organizationID, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Link])
}

// LinksWithManualChanges returns the links with manual changes, at most 1,000.
func (s *Store) LinksWithManualChanges(ctx context.Context, connection string) ([]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links
		WHERE connection = $1 AND differences <> '[]' ORDER BY kind, ninja_id LIMIT 1000`, connection)
	if err != nil {
		return nil, fmt.Errorf("read manual changes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Link])
}

// LinkedAcceloIDs returns which of the given Accelo ids are linked to a record of the kind.
func (s *Store) LinkedAcceloIDs(ctx context.Context, connection string, kind Kind, acceloIDs []int64) (map[int64]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT accelo_id FROM links
		WHERE connection = $1 AND kind = $2 AND state = 'linked' AND accelo_id = ANY($3)`, connection, kind, acceloIDs)
	return idSet(rows, err, kind)
}

// idSet returns the IDs that a query found.
func idSet(rows pgx.Rows, err error, kind Kind) (map[int64]bool, error) {
	if err != nil {
		return nil, fmt.Errorf("read linked %ss: %w", kind, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read linked %ss: %w", kind, err)
	}
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set, nil
}

// KnownAcceloIDs returns which of the given Accelo IDs a record of the kind is linked to, or was at some time.
func (s *Store) KnownAcceloIDs(ctx context.Context, connection string, kind Kind, acceloIDs []int64) (map[int64]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT accelo_id FROM links WHERE connection = $1 AND kind = $2 AND accelo_id = ANY($3)
		UNION SELECT accelo_id FROM link_events WHERE connection = $1 AND kind = $2 AND accelo_id = ANY($3)`, connection, kind, acceloIDs)
	return idSet(rows, err, kind)
}

// LinkedByMatchKey returns the links of other records of the same kind and match key, the oldest first.
func (s *Store) LinkedByMatchKey(ctx context.Context, connection string, kind Kind, matchKey, ninjaID string) ([]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links
		WHERE connection = $1 AND kind = $2 AND state = 'linked' AND match_key = $3 AND ninja_id <> $4 ORDER BY created_at`,
		connection, kind, matchKey, ninjaID)
	if err != nil {
		return nil, fmt.Errorf("read the links of match key %q: %w", matchKey, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Link])
}

// ErrSuperseded means that a link was changed since it was read: a user relinked or unlinked the record, or another worker synced it or
// followed a merge.
var ErrSuperseded = errors.New("its link has changed in the meantime")

// SaveLink stores what a sync did to a linked record: what it wrote, where the record is, and the outcome. It updates the link's version. If
// the stored link is no longer the one that was read, it saves nothing and returns ErrSuperseded; the caller then starts over from the
// current link. A worker that was frozen therefore takes back nothing that another one has recorded.
func (s *Store) SaveLink(ctx context.Context, link *Link) error {
	err := s.pool.QueryRow(ctx, `UPDATE links SET organization_id = $4, match_key = $5, company_id = $7,
		affiliation_id = $8, written = $9, differences = $10, written_at = $11, import_id = $12, outcome = $13, facts = $14,
		read_at = greatest(read_at, $16), updated_at = now()
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'linked' AND accelo_id = $6 AND xmin::text::bigint = $15
		RETURNING xmin::text::bigint`,
		link.Connection, link.Kind, link.NinjaID, link.OrganizationID, link.MatchKey, link.AcceloID, link.CompanyID, link.AffiliationID,
		notNil(link.Baseline), notNilList(link.ManualChanges), link.WrittenAt, link.ImportID, link.Outcome, link.Facts, link.Version,
		link.ReadAt).
		Scan(&link.Version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("save %s %s: %w", link.Kind, link.NinjaID, ErrSuperseded)
	case err != nil:
		return fmt.Errorf("save link %s %s: %w", link.Kind, link.NinjaID, err)
	}
	return nil
}

// MarkWaiting records that Accelo's API cannot create a device's asset. The device is shown as waiting and linked once the asset exists.
func (s *Store) MarkWaiting(ctx context.Context, link Link) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO links (connection, kind, ninja_id, organization_id, match_key, company_id, state)
		VALUES ($1, $2, $3, $4, $5, $6, 'waiting') ON CONFLICT (connection, kind, ninja_id) DO UPDATE
		SET organization_id = EXCLUDED.organization_id, match_key = EXCLUDED.match_key, company_id = EXCLUDED.company_id,
			updated_at = now() WHERE links.state = 'waiting'`,
		link.Connection, link.Kind, link.NinjaID, link.OrganizationID, link.MatchKey, link.CompanyID)
	if err != nil {
		return fmt.Errorf("record that %s %s is waiting for its asset: %w", link.Kind, link.NinjaID, err)
	}
	return nil
}

// LinkCount is how many records of a kind are in a state.
type LinkCount struct {
	Kind  Kind
	State State
	Count int
}

// CountLinks counts a connection's records by kind and state, without test alerts, notes and links of assets.
func (s *Store) CountLinks(ctx context.Context, connection string) ([]LinkCount, error) {
	history, err := s.historyCounts(ctx, connection)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT kind, state, count(*) AS count FROM links
			WHERE connection = $1 AND kind IN ('organization', 'contact', 'device') GROUP BY kind, state
		UNION ALL SELECT kind, state, count(*) FROM links WHERE connection = $1 AND state IN ('claimed', 'doubt') AND kind = 'alert'
			AND ninja_id NOT LIKE '`+rules.TestAlertPattern+`' GROUP BY kind, state
		UNION ALL SELECT 'alert', 'linked', $2::bigint WHERE $2::bigint > 0
		ORDER BY kind, state`, connection, history[alertLinks])
	if err != nil {
		return nil, fmt.Errorf("count links: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[LinkCount])
}

func notNil(baseline rules.Baseline) rules.Baseline {
	if baseline == nil {
		return rules.Baseline{}
	}
	return baseline
}

func notNilList(changes []rules.ManualChange) []rules.ManualChange {
	if changes == nil {
		return []rules.ManualChange{}
	}
	return changes
}
