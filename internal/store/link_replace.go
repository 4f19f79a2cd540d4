package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// SerialMatch is a linked device found by its serial number.
type SerialMatch struct {
	Link Link
	// Deleted is set if NinjaOne was found to have deleted the device.
	Deleted bool
}

// DevicesWithSerial returns the linked devices of some organizations whose serial number is wanted. Wanted is asked about every stored
// number, as NinjaOne writes it: how serial numbers compare is not a matter of SQL.
func (s *Store) DevicesWithSerial(
	ctx context.Context, connection string, organizationIDs []int64, wanted func(organizationID int, serial string) bool,
) ([]SerialMatch, error) {
	ids, err := s.serialOwners(ctx, connection, organizationIDs, wanted)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+`, gone_at IS NOT NULL AS deleted FROM links
		WHERE connection = $1 AND kind = 'device' AND state = 'linked' AND ninja_id = ANY($2) ORDER BY organization_id, accelo_id`, connection, ids)
	if err != nil {
		return nil, fmt.Errorf("find devices by serial number: %w", err)
	}
	type row struct {
		Link
		Deleted bool
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("find devices by serial number: %w", err)
	}
	matches := make([]SerialMatch, 0, len(list))
	for _, one := range list {
		matches = append(matches, SerialMatch{Link: one.Link, Deleted: one.Deleted})
	}
	return matches, nil
}

// serialOwners returns the NinjaOne ids of the devices whose serial number is wanted.
func (s *Store) serialOwners(
	ctx context.Context, connection string, organizationIDs []int64, wanted func(organizationID int, serial string) bool,
) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT ninja_id, organization_id, facts->>'serial' FROM links
		WHERE connection = $1 AND kind = 'device' AND state = 'linked' AND organization_id = ANY($2) AND facts ? 'serial'`,
		connection, organizationIDs)
	if err != nil {
		return nil, fmt.Errorf("read serial numbers: %w", err)
	}
	var ids []string
	var id, serial string
	var organization int
	_, err = pgx.ForEachRow(rows, []any{&id, &organization, &serial}, func() error {
		if wanted(organization, serial) {
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read serial numbers: %w", err)
	}
	return ids, nil
}

// ReplaceDevice links the asset of a removed device to the device that replaces it and returns the link. Its WrittenAt is nil, so that the
// next sync writes all fields. It fails with ErrNotFound if the old device is not linked, and with a *HeldError if the new one's asset is
// being created.
func (s *Store) ReplaceDevice(ctx context.Context, old Key, ninjaID int, importID string) (Link, error) {
	key := KeyOf(old.Connection, Devices, ninjaID)
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'waiting'`,
			key.Connection, key.Kind, key.NinjaID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE links SET ninja_id = $4, gone_at = NULL, written_at = NULL, import_id = $5, outcome = 'matched',
			updated_at = now() WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'linked'`,
			old.Connection, old.Kind, old.NinjaID, key.NinjaID, importID)
		switch {
		case isUniqueViolation(err):
			return &HeldError{Key: key, Until: time.Now().Add(time.Second)}
		case err != nil:
			return err
		case tag.RowsAffected() == 0:
			return ErrNotFound
		}
		_, err = tx.Exec(ctx, `DELETE FROM failures WHERE connection = $1 AND kind = $2 AND ninja_id = $3`, old.Connection, old.Kind, old.NinjaID)
		return err
	})
	if err != nil {
		return Link{}, fmt.Errorf("link the asset of device %s to device %d: %w", old.NinjaID, ninjaID, err)
	}
	return s.Link(ctx, key)
}
