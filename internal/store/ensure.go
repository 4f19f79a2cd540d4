package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Accelo has no idempotency keys, so Ensure finds, claims, creates and confirms (design.md rule 1). Nothing is created without a claim
// on the record's link. A caller that finds an unconfirmed claim searches Accelo before creating.

// Creation describes one object that must exist exactly once in Accelo.
type Creation struct {
	Key            Key
	OrganizationID int
	// MatchKey is equal for records that would be the same object in Accelo. Only one of them is created at a time.
	MatchKey string
	// Find returns an object to adopt, or nil if there is none. If there is a doubt, an earlier create may have succeeded unseen, and
	// Find must search Accelo; otherwise it may answer from what the caller already knows. It is asked again before a create is repeated.
	Find func(ctx context.Context, doubt *Doubtful) (*Link, error)
	// Create creates the object. It must not send its request after deadline, when another worker may hold the claim.
	Create func(ctx context.Context, deadline time.Time) (*Link, error)
	// Classify reports what a failed Create left behind.
	Classify func(error) CreateOutcome
	// Sent is the baseline of what Create sends. It is kept with the claim, because the record may have changed by the time its doubt is
	// resolved. Nil if nothing is compared.
	Sent rules.Baseline

	// claim was made earlier, in another transaction; if it is nil, Ensure makes one.
	claim *claim
	// also adds statements to the transaction that confirms the link. They run even if the claim is lost, so they must check that
	// the link is there.
	also func(*pgx.Batch, Link)
}

// CreateOutcome is what a failed create left behind.
type CreateOutcome int

// The outcomes of a failed create.
const (
	// NotCreated means that Accelo certainly did not create the object. The claim is released.
	NotCreated CreateOutcome = iota
	// Unknown means that the request is over, but the object may or may not exist.
	Unknown
	// InFlight means that Accelo may still be processing the request.
	InFlight
)

// HeldError means that another worker holds the claim on a record, or on one that would be the same object in Accelo. The caller retries
// at Until.
type HeldError struct {
	Key   Key
	Until time.Time
}

// Error implements error.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s %s is being created by another worker, or its outcome is unknown, until %s",
		e.Key.Kind, e.Key.NinjaID, e.Until.UTC().Format(time.RFC3339))
}

// Ensure returns the link of a record, creating its object if needed. The flag reports whether this call created or adopted the object;
// an existing link is returned as stored. It fails with a *HeldError if another worker has the claim.
func (s *Store) Ensure(ctx context.Context, creation Creation) (Link, bool, error) {
	claim, link, err := s.claim(ctx, creation)
	if err != nil || link != nil {
		return orZero(link), false, err
	}
	found, err := creation.find(ctx, claim)
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
		if claim, err = s.renew(ctx, claim, creation.Sent); err != nil {
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

// looks is how many searches in a row have to find nothing before the create of an object is repeated: a list may come back short or empty.
const looks = 2

// find looks for an object to adopt. Once an earlier create can no longer take effect, finding nothing means that it is made again.
func (c Creation) find(ctx context.Context, claimed claim) (found *Link, err error) {
	found, err = c.Find(ctx, claimed.doubtful())
	decides := claimed.doubt && !time.Now().Before(claimed.doubtUntil)
	for look := 1; decides && look < looks && found == nil && err == nil; look++ {
		found, err = c.Find(ctx, claimed.doubtful())
	}
	return found, err
}

// adopt links an existing object. If another record already has it, the claim is released.
func (s *Store) adopt(ctx context.Context, c claim, found Link, also func(*pgx.Batch, Link)) (Link, bool, error) {
	link, err := s.confirm(ctx, c, found, also)
	if isUniqueViolation(err) {
		err = fmt.Errorf("%s %s cannot be linked to Accelo object %d, which is already linked to another record: %w", c.key.Kind, c.key.NinjaID,
			found.AcceloID, err)
		return Link{}, false, errors.Join(err, s.abandon(ctx, c, c.unsent()))
	}
	return link, err == nil, err
}

// claim is this process's view of its claim. Only the database's clock decides when claims and doubts end, so workers' clocks may
// differ.
type claim struct {
	key   Key
	token uuid.UUID
	// until is the deadline for sending a create, by this process's clock. It is never later than the claim's end in the database.
	until time.Time
	// waiting is set if the record was waiting before it was claimed.
	waiting bool
	// doubt is set if an earlier create may have succeeded; doubtUntil, by this process's clock, is never before the doubt's end. Since is
	// when the record was first claimed, by the database's clock.
	doubt      bool
	doubtUntil time.Time
	since      time.Time
	// sent is the baseline of what that create sent, empty if that isn't known.
	sent rules.Baseline
}

// unsent is the outcome if nothing was sent under this claim: any earlier doubt remains.
func (c claim) unsent() CreateOutcome {
	if c.doubt {
		return Unknown
	}
	return NotCreated
}

// newClaim returns a claim that starts now and is not stored yet.
func (s *Store) newClaim(key Key) claim {
	return claim{key: key, token: uuid.New(), until: time.Now().Add(s.claims.Lease)}
}

// leaseSeconds is how long a claim is held.
func (s *Store) leaseSeconds() float64 { return s.claims.Lease.Seconds() }

// doubtSeconds is how long after the claim an object may still appear: its create may be sent at the end of the lease.
func (s *Store) doubtSeconds() float64 { return (s.claims.Lease + s.claims.Settle).Seconds() }

func (s *Store) claim(ctx context.Context, creation Creation) (claim, *Link, error) {
	if creation.claim != nil {
		return *creation.claim, nil, nil
	}
	key, fresh := creation.Key, s.newClaim(creation.Key)
	tag, err := s.pool.Exec(ctx, `INSERT INTO links
		(connection, kind, ninja_id, organization_id, match_key, state, claim_token, claimed_until, doubt_until, sent)
		VALUES ($1, $2, $3, $4, $5, 'claimed', $6, clock_timestamp() + make_interval(secs => $7), clock_timestamp() + make_interval(secs => $8), $9)
		ON CONFLICT DO NOTHING`,
		key.Connection, key.Kind, key.NinjaID, creation.OrganizationID, creation.MatchKey, fresh.token, s.leaseSeconds(), s.doubtSeconds(),
		notNil(creation.Sent))
	if err != nil {
		return claim{}, nil, fmt.Errorf("claim %s %s: %w", key.Kind, key.NinjaID, err)
	}
	if tag.RowsAffected() == 1 {
		return fresh, nil, nil
	}
	return s.takeOver(ctx, creation)
}

// takeOver returns the existing link, fails if it is held, or claims the row if it is waiting or was never confirmed.
func (s *Store) takeOver(ctx context.Context, creation Creation) (taken claim, linked *Link, err error) {
	key := creation.Key
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		var state State
		var held, doubted time.Duration
		taken = s.newClaim(key)
		row := tx.QueryRow(ctx, `SELECT state, greatest(claimed_until - clock_timestamp(), '0'), greatest(doubt_until - clock_timestamp(), '0'),
			created_at, sent FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3 FOR UPDATE`, key.Connection, key.Kind, key.NinjaID)
		err := row.Scan(&state, &held, &doubted, &taken.since, &taken.sent)
		now := time.Now()
		switch {
		case errors.Is(err, pgx.ErrNoRows): // a record with the same match key holds a claim
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
			match_key = $8, organization_id = $9, created_at = CASE WHEN $6 THEN created_at ELSE now() END,
			sent = CASE WHEN $6 THEN sent ELSE $10 END, updated_at = now() WHERE connection = $1 AND kind = $2 AND ninja_id = $3`,
			key.Connection, key.Kind, key.NinjaID, taken.token, s.leaseSeconds(), taken.doubt, s.doubtSeconds(),
			creation.MatchKey, creation.OrganizationID, notNil(creation.Sent))
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

// renew restarts the claim right before a create, once the doubt about an earlier create is over.
func (s *Store) renew(ctx context.Context, c claim, sent rules.Baseline) (claim, error) {
	c.until, c.doubt = time.Now().Add(s.claims.Lease), false
	return c, s.asHolder(ctx, c, `claimed_until = clock_timestamp() + make_interval(secs => $5),
		doubt_until = clock_timestamp() + make_interval(secs => $6), sent = $7`, s.leaseSeconds(), s.doubtSeconds(), notNil(sent))
}

// confirm turns the claim into a link and runs the statements of also in the same transaction.
func (s *Store) confirm(ctx context.Context, c claim, link Link, also func(*pgx.Batch, Link)) (Link, error) {
	batch := &pgx.Batch{}
	queueAsHolder(batch, c, &link.Version, `state = 'linked', claim_token = NULL, claimed_until = NULL, doubt_until = NULL, sent = '{}',
		accelo_id = $5, company_id = $6, affiliation_id = $7, written = $8, differences = $9, written_at = $10,
		import_id = $11, outcome = $12, organization_id = $13, match_key = $14, facts = $15, read_at = $16`,
		link.AcceloID, link.CompanyID, link.AffiliationID, notNil(link.Baseline), notNilList(link.ManualChanges),
		link.WrittenAt, link.ImportID, link.Outcome, link.OrganizationID, link.MatchKey, link.Facts, link.ReadAt)
	link.Connection, link.Kind, link.NinjaID, link.State, link.CreatedAt = c.key.Connection, c.key.Kind, c.key.NinjaID, Linked, time.Now()
	queueLinkedFailure(batch, c.key)
	if also != nil {
		also(batch, link)
	}
	err := s.inBatch(ctx, c, batch)
	return link, err
}

// abandon releases a claim, or keeps it as a doubt if the object may exist. It runs even if the caller's context is done.
func (s *Store) abandon(ctx context.Context, c claim, outcome CreateOutcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	switch {
	case outcome == NotCreated && c.waiting:
		return s.asHolder(ctx, c, `state = 'waiting', claim_token = NULL, claimed_until = NULL, doubt_until = NULL`)
	case outcome == NotCreated:
		_, err := s.pool.Exec(ctx, `DELETE FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3
			AND claim_token = $4`, c.key.Connection, c.key.Kind, c.key.NinjaID, c.token)
		return err
	case outcome == Unknown && c.doubt:
		return s.asHolder(ctx, c, `state = 'doubt'`)
	case outcome == Unknown:
		return s.asHolder(ctx, c, `state = 'doubt', doubt_until = clock_timestamp()`)
	default:
		// The request may have been sent as late as now, so the doubt starts now.
		return s.asHolder(ctx, c, `state = 'doubt', doubt_until = clock_timestamp() + make_interval(secs => $5)`, s.claims.Settle.Seconds())
	}
}

// asHolder updates the claimed row if the claim is still ours. If another worker took it over after the lease ended, it returns a
// *HeldError and changes nothing.
func (s *Store) asHolder(ctx context.Context, c claim, set string, values ...any) error {
	batch := &pgx.Batch{}
	queueAsHolder(batch, c, new(int64), set, values...)
	return s.inBatch(ctx, c, batch)
}

// queueAsHolder queues what asHolder does. Version gets the version of the changed row.
func queueAsHolder(batch *pgx.Batch, c claim, version *int64, set string, values ...any) {
	arguments := append([]any{c.key.Connection, c.key.Kind, c.key.NinjaID, c.token}, values...)
	batch.Queue(`UPDATE links SET `+set+`, updated_at = now()
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND claim_token = $4
		RETURNING xmin::text::bigint`, arguments...).QueryRow(func(row pgx.Row) error {
		err := row.Scan(version)
		if errors.Is(err, pgx.ErrNoRows) {
			return &HeldError{Key: c.key, Until: time.Now()}
		}
		return err
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
