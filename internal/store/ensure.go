package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Ensure is rule 1 of the design: find, claim, create, confirm. Accelo has no idempotency keys, so nothing is created
// without a claim on the record's link, and whoever finds a claim that was never confirmed looks in Accelo before it creates.

// Creation is one object that has to exist exactly once in Accelo.
type Creation struct {
	Key            Key
	OrganizationID int
	// MatchKey is equal for records that would be the same object in Accelo; only one of them is created at a time.
	MatchKey string
	// Find looks for an object to adopt. With doubt set an earlier create may have gone through although nobody saw its
	// reply, and Find has to ask Accelo itself; else what the caller already knows may do. Nil, nil means not there.
	Find func(ctx context.Context, doubt bool) (*Link, error)
	// Create makes the object. Its request must not leave this process after deadline: by then somebody else may hold the claim.
	Create func(ctx context.Context, deadline time.Time) (*Link, error)
	// Classify reports what a failed Create left behind.
	Classify func(error) CreateOutcome

	// claim is one that was made already, as part of another transaction; nil makes one.
	claim *claim
	// also joins the transaction that confirms the link. Its statements run even where the claim turns out to be lost, so they
	// have to look whether the link stands.
	also func(*pgx.Batch, Link)
}

// CreateOutcome is what a failed create left behind.
type CreateOutcome int

// The fates of a failed create.
const (
	// NotCreated: the request was surely not carried out; the claim is given back.
	NotCreated CreateOutcome = iota
	// Unknown: it was carried out or not, and is over.
	Unknown
	// InFlight: it may still be under way.
	InFlight
)

// HeldError says that another worker holds the claim on a record, or on one that would be the same object in Accelo.
type HeldError struct {
	Key   Key
	Until time.Time
}

// Error implements error.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s %s is being created by another worker, or its fate is still unknown, until %s",
		e.Key.Kind, e.Key.NinjaID, e.Until.UTC().Format(time.RFC3339))
}

// Ensure returns the link of a record, creating its object where there is none. The flag tells whether this call created or
// adopted it; a link that existed before comes back as it was stored. A *HeldError means: try again when it says.
func (s *Store) Ensure(ctx context.Context, creation Creation) (Link, bool, error) {
	claim, link, err := s.claim(ctx, creation)
	if err != nil || link != nil {
		return orZero(link), false, err
	}
	found, err := creation.Find(ctx, claim.doubt)
	if err != nil {
		return Link{}, false, errors.Join(err, s.abandon(ctx, claim, claim.unsent()))
	}
	if found != nil {
		return s.adopt(ctx, claim, *found, creation.also)
	}
	if claim.doubt {
		if time.Now().Before(claim.doubtUntil) {
			return Link{}, false, errors.Join(&HeldError{Key: creation.Key, Until: claim.doubtUntil}, s.abandon(ctx, claim, Unknown))
		}
		if claim, err = s.renew(ctx, claim); err != nil {
			return Link{}, false, err
		}
	}
	created, err := creation.Create(ctx, claim.until)
	if err != nil {
		return Link{}, false, errors.Join(err, s.abandon(ctx, claim, creation.Classify(err)))
	}
	confirmed, err := s.confirm(ctx, claim, *created, creation.also)
	return confirmed, err == nil, err
}

// adopt links what was found. Where another record has it already, nothing was made, so the claim is given back at once.
func (s *Store) adopt(ctx context.Context, c claim, found Link, also func(*pgx.Batch, Link)) (Link, bool, error) {
	link, err := s.confirm(ctx, c, found, also)
	if isUniqueViolation(err) {
		err = fmt.Errorf("%s %s cannot have object %d of Accelo, which belongs to another one: %w", c.key.Kind, c.key.NinjaID,
			found.AcceloID, err)
		return Link{}, false, errors.Join(err, s.abandon(ctx, c, c.unsent()))
	}
	return link, err == nil, err
}

// claim is what this process knows of a claim of its own. When claims and doubts end is decided by the database's clock alone: the
// workers' clocks need not agree, with it or with each other.
type claim struct {
	key   Key
	token uuid.UUID
	// until is by this process's clock, which began to count before the database's did: no create may leave after that.
	until time.Time
	// waiting tells that the record was waiting before it was claimed.
	waiting bool
	// doubt tells that an earlier create may have gone through; doubtUntil is by this process's clock too, not before the end.
	doubt      bool
	doubtUntil time.Time
}

// unsent is what giving up leaves behind before anything was sent: the doubt that was there before.
func (c claim) unsent() CreateOutcome {
	if c.doubt {
		return Unknown
	}
	return NotCreated
}

// newClaim is a claim from now on, which is still to be stored.
func (s *Store) newClaim(key Key) claim {
	return claim{key: key, token: uuid.New(), until: time.Now().Add(s.claims.Lease)}
}

// lease and settled are, in seconds from now, how long a claim is good for, and when a create can no longer appear that its holder
// may send.
func (s *Store) leaseSeconds() float64 { return s.claims.Lease.Seconds() }
func (s *Store) doubtSeconds() float64 { return (s.claims.Lease + s.claims.Settle).Seconds() }

func (s *Store) claim(ctx context.Context, creation Creation) (claim, *Link, error) {
	if creation.claim != nil {
		return *creation.claim, nil, nil
	}
	key, fresh := creation.Key, s.newClaim(creation.Key)
	tag, err := s.pool.Exec(ctx, `INSERT INTO links
		(connection, kind, ninja_id, organization_id, match_key, state, claim_token, claimed_until, doubt_until)
		VALUES ($1, $2, $3, $4, $5, 'claimed', $6, clock_timestamp() + make_interval(secs => $7), clock_timestamp() + make_interval(secs => $8))
		ON CONFLICT DO NOTHING`,
		key.Connection, key.Kind, key.NinjaID, creation.OrganizationID, creation.MatchKey, fresh.token, s.leaseSeconds(), s.doubtSeconds())
	if err != nil {
		return claim{}, nil, fmt.Errorf("claim %s %s: %w", key.Kind, key.NinjaID, err)
	}
	if tag.RowsAffected() == 1 {
		return fresh, nil, nil
	}
	return s.takeOver(ctx, creation)
}

// takeOver looks at the row that was there already: linked, held, waiting, or a claim that nobody confirmed.
func (s *Store) takeOver(ctx context.Context, creation Creation) (taken claim, linked *Link, err error) {
	key := creation.Key
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		var state State
		var held, doubted time.Duration
		taken = s.newClaim(key)
		row := tx.QueryRow(ctx, `SELECT state, greatest(claimed_until - clock_timestamp(), '0'), greatest(doubt_until - clock_timestamp(), '0')
			FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3 FOR UPDATE`, key.Connection, key.Kind, key.NinjaID)
		err := row.Scan(&state, &held, &doubted)
		now := time.Now()
		switch {
		case errors.Is(err, pgx.ErrNoRows): // the row in the way is a twin's claim
			return &HeldError{Key: key, Until: now.Add(time.Second)}
		case err != nil:
			return err
		case state == Linked:
			linked = &Link{}
			return nil
		case state == Claimed && held > 0:
			return &HeldError{Key: key, Until: now.Add(held)}
		}
		taken.doubt, taken.waiting, taken.doubtUntil = state != Waiting, state == Waiting, now.Add(doubted)
		_, err = tx.Exec(ctx, `UPDATE links SET state = 'claimed', claim_token = $4, claimed_until = clock_timestamp() + make_interval(secs => $5),
			doubt_until = CASE WHEN $6 THEN doubt_until ELSE clock_timestamp() + make_interval(secs => $7) END,
			match_key = $8, organization_id = $9, updated_at = now() WHERE connection = $1 AND kind = $2 AND ninja_id = $3`,
			key.Connection, key.Kind, key.NinjaID, taken.token, s.leaseSeconds(), taken.doubt, s.doubtSeconds(),
			creation.MatchKey, creation.OrganizationID)
		if isUniqueViolation(err) {
			return &HeldError{Key: key, Until: now.Add(time.Second)}
		}
		return err
	})
	if err == nil && linked != nil {
		link, err := s.Link(ctx, key)
		return claim{}, &link, err
	}
	return taken, linked, err
}

// renew makes the claim as fresh as a new one, right before a create that follows a doubt which is over.
func (s *Store) renew(ctx context.Context, c claim) (claim, error) {
	c.until, c.doubt = time.Now().Add(s.claims.Lease), false
	return c, s.asHolder(ctx, c, `claimed_until = clock_timestamp() + make_interval(secs => $5),
		doubt_until = clock_timestamp() + make_interval(secs => $6)`, s.leaseSeconds(), s.doubtSeconds())
}

// confirm turns the claim into a link, with whatever else belongs to that.
func (s *Store) confirm(ctx context.Context, c claim, link Link, also func(*pgx.Batch, Link)) (Link, error) {
	batch := &pgx.Batch{}
	queueAsHolder(batch, c, `state = 'linked', claim_token = NULL, claimed_until = NULL, doubt_until = NULL,
		accelo_id = $5, company_id = $6, affiliation_id = $7, written = $8, differences = $9, written_at = $10,
		import_id = $11, outcome = $12, organization_id = $13, match_key = $14, facts = $15`,
		link.AcceloID, link.CompanyID, link.AffiliationID, notNil(link.Baseline), notNilList(link.ManualChanges),
		link.WrittenAt, link.ImportID, link.Outcome, link.OrganizationID, link.MatchKey, link.Facts)
	link.Connection, link.Kind, link.NinjaID, link.State = c.key.Connection, c.key.Kind, c.key.NinjaID, Linked
	if also != nil {
		also(batch, link)
	}
	return link, s.inBatch(ctx, c, batch)
}

// abandon gives a claim up. It has a context of its own, since the caller's may be what failed.
func (s *Store) abandon(ctx context.Context, c claim, fate CreateOutcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	switch {
	case fate == NotCreated && c.waiting:
		return s.asHolder(ctx, c, `state = 'waiting', claim_token = NULL, claimed_until = NULL, doubt_until = NULL`)
	case fate == NotCreated:
		_, err := s.pool.Exec(ctx, `DELETE FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3
			AND claim_token = $4`, c.key.Connection, c.key.Kind, c.key.NinjaID, c.token)
		return err
	case fate == Unknown && c.doubt:
		return s.asHolder(ctx, c, `state = 'doubt'`)
	case fate == Unknown:
		return s.asHolder(ctx, c, `state = 'doubt', doubt_until = clock_timestamp()`)
	default:
		// It was sent just now at the latest, and not when the record was claimed.
		return s.asHolder(ctx, c, `state = 'doubt', doubt_until = clock_timestamp() + make_interval(secs => $5)`, s.claims.Settle.Seconds())
	}
}

// asHolder changes the claimed row if the claim is still ours. Where it is not, somebody took it over after the lease ran
// out; what they did stands.
func (s *Store) asHolder(ctx context.Context, c claim, set string, values ...any) error {
	batch := &pgx.Batch{}
	queueAsHolder(batch, c, set, values...)
	return s.inBatch(ctx, c, batch)
}

func queueAsHolder(batch *pgx.Batch, c claim, set string, values ...any) {
	arguments := append([]any{c.key.Connection, c.key.Kind, c.key.NinjaID, c.token}, values...)
	batch.Queue(`UPDATE links SET `+set+`, updated_at = now()
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND claim_token = $4`, arguments...).Exec(func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() == 0 {
			return &HeldError{Key: c.key, Until: time.Now()}
		}
		return nil
	})
}

func (s *Store) inBatch(ctx context.Context, c claim, batch *pgx.Batch) error {
	err := s.pool.SendBatch(ctx, batch).Close()
	var held *HeldError
	if err == nil || errors.As(err, &held) {
		return err
	}
	return fmt.Errorf("update the claim on %s %s: %w", c.key.Kind, c.key.NinjaID, err)
}

func orZero(link *Link) Link {
	if link == nil {
		return Link{}
	}
	return *link
}
