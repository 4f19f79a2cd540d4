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

// Kind is what sort of record a link is about, named after NinjaOne's side.
type Kind string

// The kinds of linked records. A contact is the one made for an organization's company.
const (
	Organizations Kind = "organization"
	Contacts      Kind = "contact"
	Devices       Kind = "device"
	Alerts        Kind = "alert"
	// AssetLinks and Notes are no records of NinjaOne, but what Accelo would take twice; the id says what is written on what.
	AssetLinks Kind = "asset-link"
	Notes      Kind = "note"
)

// State is where a link stands.
type State string

// The states. Claimed and Doubt belong to creates under way (see Ensure); Waiting is what Accelo's API cannot create.
const (
	Claimed State = "claimed"
	Doubt   State = "doubt"
	Linked  State = "linked"
	Waiting State = "waiting"
)

// Key names a link.
type Key struct {
	Connection string
	Kind       Kind
	NinjaID    string
}

// KeyOf is the key of a record whose NinjaOne id is a number.
func KeyOf(connection string, kind Kind, id int) Key {
	return Key{Connection: connection, Kind: kind, NinjaID: strconv.Itoa(id)}
}

// Link is a NinjaOne record and what it is in Accelo.
type Link struct {
	Connection     string
	Kind           Kind
	NinjaID        string
	OrganizationID int
	State          State
	MatchKey       string
	// AcceloID is the company, contact, asset or request; CompanyID and AffiliationID where it belongs.
	AcceloID, CompanyID, AffiliationID int64
	// Baseline is what was last written, by field; ManualChanges what a person changed since and is kept.
	Baseline      rules.Baseline       `db:"written"`
	ManualChanges []rules.ManualChange `db:"differences"`
	WrittenAt     *time.Time
	// Facts are what warm paths need of the record without a call.
	Facts Facts
	// ImportID and Outcome tell what the last import did with the record.
	ImportID string
	Outcome  rules.Outcome
}

// Facts are what is kept of a NinjaOne record besides what was written of it.
type Facts struct {
	// Name is an organization's name as NinjaOne has it.
	Name string `json:"name,omitempty"`
	// TeamViewer is where an organization has it switched on.
	TeamViewer rules.TeamViewer `json:"team_viewer,omitzero"`
	// Serial is a device's serial number.
	Serial string `json:"serial,omitempty"`
}

// Key is the link's key.
func (l Link) Key() Key {
	return Key{Connection: l.Connection, Kind: l.Kind, NinjaID: l.NinjaID}
}

// DescribeDevice adds to an alert what the link of its device says about it, as a webhook would have said.
func (l Link) DescribeDevice(alert *rules.Alert) {
	alert.OrganizationID = l.OrganizationID
	alert.DeviceName = cmp.Or(alert.DeviceName, l.Baseline[rules.TitleField].Ninja)
	alert.NodeClass = cmp.Or(alert.NodeClass, l.Baseline[rules.NodeClassField].Ninja)
}

// OutcomeIn returns what an import did with the record, over all of its attempts.
func (l Link) OutcomeIn(importID string) rules.Outcome {
	if l.ImportID == importID && l.Outcome != "" {
		return l.Outcome
	}
	return rules.Unchanged
}

const linkColumns = `connection, kind, ninja_id, organization_id, state, match_key, accelo_id, company_id, affiliation_id,
	written, differences, written_at, facts, import_id, outcome`

// Link returns the link of a record in whatever state it is, or ErrNotFound.
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

// Place is where an alert belongs: the links of its organization and its device, nil where one was never synced.
type AlertLinks struct {
	// Version is that of the connection; 0 where there is none.
	Version              int64
	Organization, Device *Link
}

// Place returns what an alert's request needs to know, in one round trip.
func (s *Store) AlertLinks(ctx context.Context, connection string, organizationID, deviceID int) (AlertLinks, error) {
	var place AlertLinks
	batch := &pgx.Batch{}
	batch.Queue(connectionVersion, connection).QueryRow(func(row pgx.Row) error {
		return row.Scan(&place.Version)
	})
	batch.Queue(`SELECT `+linkColumns+` FROM links WHERE connection = $1
			AND (kind = 'organization' AND ninja_id = $2 OR kind = 'device' AND ninja_id = $3)`,
		connection, strconv.Itoa(organizationID), strconv.Itoa(deviceID)).Query(func(rows pgx.Rows) error {
		links, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Link])
		for _, link := range links {
			if link.Kind == Organizations {
				place.Organization = link
			} else {
				place.Device = link
			}
		}
		return err
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return AlertLinks{}, fmt.Errorf("read the links of device %d and organization %d: %w", deviceID, organizationID, err)
	}
	return place, nil
}

// LinksByID returns the links of the named records, by NinjaOne id.
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

// LinkedDevices returns the devices of an organization that have their asset.
func (s *Store) LinkedDevices(ctx context.Context, connection string, organizationID int) ([]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links
		WHERE connection = $1 AND kind = 'device' AND organization_id = $2 AND state = 'linked' ORDER BY accelo_id`, connection, organizationID)
	if err != nil {
		return nil, fmt.Errorf("read the devices of organization %d: %w", organizationID, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Link])
}

// LinksWithManualChanges returns the links in which a person's change is kept, at most a thousand of them.
func (s *Store) LinksWithManualChanges(ctx context.Context, connection string) ([]Link, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+` FROM links
		WHERE connection = $1 AND differences <> '[]' ORDER BY kind, ninja_id LIMIT 1000`, connection)
	if err != nil {
		return nil, fmt.Errorf("read differences: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Link])
}

// LinkedTo returns the Accelo ids of a kind that are linked already, of those given.
func (s *Store) LinkedAcceloIDs(ctx context.Context, connection string, kind Kind, acceloIDs []int64) (map[int64]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT accelo_id FROM links
		WHERE connection = $1 AND kind = $2 AND state = 'linked' AND accelo_id = ANY($3)`, connection, kind, acceloIDs)
	if err != nil {
		return nil, fmt.Errorf("read linked %ss: %w", kind, err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read linked %ss: %w", kind, err)
	}
	taken := make(map[int64]bool, len(ids))
	for _, id := range ids {
		taken[id] = true
	}
	return taken, nil
}

// LinkedTwin returns the oldest linked record of the same kind and match key other than ninjaID, or ErrNotFound.
func (s *Store) LinkedByMatchKey(ctx context.Context, connection string, kind Kind, matchKey, ninjaID string) (Link, error) {
	return s.oneLink(ctx, `connection = $1 AND kind = $2 AND state = 'linked' AND match_key = $3 AND ninja_id <> $4
		ORDER BY created_at LIMIT 1`, connection, kind, matchKey, ninjaID)
}

// ErrSuperseded says of a link that it no longer leads to the object that it led to when it was read: a person has corrected or
// dropped it, or somebody else has followed a merger.
var ErrSuperseded = errors.New("its link was changed meanwhile")

// Save writes what a sync did to a record that is linked: what it wrote, where the record is, and the outcome. It is about the
// object that the link led to when it was read. Where it leads elsewhere by now that stands, nothing is saved, and the error is
// ErrSuperseded: whoever gets it starts over from the link as it is.
func (s *Store) SaveLink(ctx context.Context, link Link) error {
	tag, err := s.pool.Exec(ctx, `UPDATE links SET organization_id = $4, match_key = $5, company_id = $7,
		affiliation_id = $8, written = $9, differences = $10, written_at = $11, import_id = $12, outcome = $13, facts = $14, updated_at = now()
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'linked' AND accelo_id = $6`,
		link.Connection, link.Kind, link.NinjaID, link.OrganizationID, link.MatchKey, link.AcceloID, link.CompanyID,
		link.AffiliationID, notNil(link.Baseline), notNilList(link.ManualChanges), link.WrittenAt, link.ImportID, link.Outcome, link.Facts)
	if err != nil {
		return fmt.Errorf("save link %s %s: %w", link.Kind, link.NinjaID, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("save %s %s: %w", link.Kind, link.NinjaID, ErrSuperseded)
	}
	return nil
}

// Wait records that a device cannot be created by Accelo's API, so that it is shown as waiting and adopted when it appears.
func (s *Store) MarkWaiting(ctx context.Context, link Link) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO links (connection, kind, ninja_id, organization_id, match_key, company_id, state)
		VALUES ($1, $2, $3, $4, $5, $6, 'waiting') ON CONFLICT (connection, kind, ninja_id) DO UPDATE
		SET organization_id = EXCLUDED.organization_id, match_key = EXCLUDED.match_key, company_id = EXCLUDED.company_id,
			updated_at = now() WHERE links.state = 'waiting'`,
		link.Connection, link.Kind, link.NinjaID, link.OrganizationID, link.MatchKey, link.CompanyID)
	if err != nil {
		return fmt.Errorf("keep %s %s waiting: %w", link.Kind, link.NinjaID, err)
	}
	return nil
}

// Count is how many records of a kind are in a state.
type LinkCount struct {
	Kind  Kind
	State State
	Count int
}

// CountLinks counts a connection's records by kind and state.
func (s *Store) CountLinks(ctx context.Context, connection string) ([]LinkCount, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, state, count(*) AS count FROM links WHERE connection = $1
		GROUP BY kind, state ORDER BY kind, state`, connection)
	if err != nil {
		return nil, fmt.Errorf("count links: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[LinkCount])
}

func notNil(written rules.Baseline) rules.Baseline {
	if written == nil {
		return rules.Baseline{}
	}
	return written
}

func notNilList(differences []rules.ManualChange) []rules.ManualChange {
	if differences == nil {
		return []rules.ManualChange{}
	}
	return differences
}
