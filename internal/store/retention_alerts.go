package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// owesNothing selects incidents of which everything was done. An asset that doesn't exist is not waited for: only an open request still gets it.
const owesNothing = `(i.state <> 'opening' AND i.opening_since IS NULL AND i.close_owed_since IS NULL AND i.follow_owed_since IS NULL
	AND (i.joined <= i.noted_joined OR i.request_id = 0) AND (i.asset_owed_since IS NULL OR i.state <> 'open' AND NOT ` + hasAsset + `))`

// hasEnded selects incidents that nothing goes on with: they were closed or converted, and may not be reopened any more. $4 is the end of
// their retention.
const hasEnded = `(i.state IN ('closed', 'converted') AND i.closed_at < $4 AND i.updated_at < $4
	AND NOT EXISTS (SELECT FROM alerts other WHERE other.incident_id = i.id AND other.state = 'active'))`

// alertEnds selects alerts to remove. An alert stays while NinjaOne names it, while it has failed, while both sides disagree about it, while its
// request may be being created, and, if it leads an incident, as long as that. $2 is the end of the retention, $3 that of named alerts. An active
// alert ends if it never got a request because its organization is switched off, and nobody names it any more.
const alertEnds = `(a.updated_at < $2 AND coalesce(a.named_at, a.updated_at) < $3
	AND (a.state = 'reset' OR a.incident_id IS NULL AND a.off_organization <> '')
	AND (a.incident_id IS NULL OR EXISTS (SELECT FROM incidents i WHERE i.id = a.incident_id AND ` + owesNothing + `
		AND (i.leader_uid <> a.uid OR ` + hasEnded + `)))
	AND NOT EXISTS (SELECT FROM failures f WHERE f.connection = a.connection AND f.kind = 'alert' AND f.ninja_id = a.uid)
	AND NOT EXISTS (SELECT FROM differences d WHERE d.connection = a.connection AND d.kind = 'alert' AND d.ninja_id = a.uid)
	AND NOT EXISTS (SELECT FROM links l WHERE l.connection = a.connection AND l.kind = 'alert' AND l.ninja_id = a.uid
		AND (l.state <> 'linked' OR l.updated_at >= $2)))`

// sweepResetAlerts removes alerts that were reset.
func sweepResetAlerts(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	return sweepAlerts(ctx, b, `state = 'reset'`)
}

// sweepHeldAlerts removes alerts that never got a request because their organization is switched off, and of which the reset was missed.
func sweepHeldAlerts(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	return sweepAlerts(ctx, b, `state = 'active' AND incident_id IS NULL`)
}

// sweepAlerts removes alerts with their links and history. The locks are taken in the order of an alert's other transitions; what is decided
// under them is decided by a statement that sees what committed before.
func sweepAlerts(ctx context.Context, b sweepBatch, state string) (*sweepRow, int, error) {
	if lately, err := namedLately(ctx, b); err != nil || !lately {
		return nil, 0, err
	}
	ending, last, err := b.look(ctx, `SELECT a.uid AS id, a.updated_at AS at, `+alertEnds+` AS ends FROM (SELECT * FROM alerts
			WHERE connection = $1 AND `+state+` AND updated_at < $2 AND (updated_at, uid) > ($5, $6) ORDER BY updated_at, uid LIMIT $7) a
		ORDER BY a.updated_at, a.uid`, b.Connection, b.before, b.namedBefore, b.incidentBefore, b.after, b.afterID, sweepWindow)
	if err != nil || len(ending) == 0 {
		return last, 0, err
	}
	for _, lock := range []string{
		`SELECT FROM alerts WHERE connection = $1 AND uid = ANY($2) ORDER BY uid FOR UPDATE`,
		`SELECT FROM incidents WHERE id IN (SELECT incident_id FROM alerts WHERE connection = $1 AND uid = ANY($2)) ORDER BY id FOR UPDATE`,
	} {
		if _, err := b.tx.Exec(ctx, lock, b.Connection, ending); err != nil {
			return nil, 0, err
		}
	}
	rows, err := b.tx.Query(ctx, `DELETE FROM alerts a WHERE a.connection = $1 AND a.uid = ANY($5) AND `+alertEnds+` RETURNING a.uid`,
		b.Connection, b.before, b.namedBefore, b.incidentBefore, ending)
	if err != nil {
		return nil, 0, err
	}
	removed, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, 0, err
	}
	for _, dependent := range []string{
		`DELETE FROM links WHERE connection = $1 AND kind = 'alert' AND ninja_id = ANY($2)`,
		`DELETE FROM link_events WHERE connection = $1 AND kind = 'alert' AND ninja_id = ANY($2)`,
		`DELETE FROM alert_severities WHERE connection = $1 AND uid = ANY($2)`,
	} {
		if _, err := b.tx.Exec(ctx, dependent, b.Connection, removed); err != nil {
			return nil, 0, err
		}
	}
	return last, len(removed), nil
}

// namedLately reports whether NinjaOne's answers were compared with our alerts lately. Otherwise nobody knows which of them it still names.
func namedLately(ctx context.Context, b sweepBatch) (lately bool, err error) {
	err = b.tx.QueryRow(ctx, `SELECT coalesce(least(log_named_at, list_named_at) > now() - interval '1 day'
		AND log_named_at IS NOT NULL AND list_named_at IS NOT NULL, false) FROM reconciles WHERE connection = $1`, b.Connection).Scan(&lately)
	return lately, err
}

// sweepIncidents removes incidents without alerts.
func sweepIncidents(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	const ends = owesNothing + ` AND ` + hasEnded + ` AND NOT EXISTS (SELECT FROM alerts a WHERE a.incident_id = i.id)`
	ending, last, err := b.look(ctx, `SELECT i.id::text, i.closed_at AS at, `+ends+` AS ends FROM (SELECT * FROM incidents
			WHERE connection = $1 AND state IN ('closed', 'converted') AND closed_at < $4 AND (closed_at, id) > ($2, $3)
			ORDER BY closed_at, id LIMIT $5) i ORDER BY i.closed_at, i.id`,
		b.Connection, b.after, numberOf(b.afterID), b.incidentBefore, sweepWindow)
	if err != nil || len(ending) == 0 {
		return last, 0, err
	}
	const lock = `SELECT FROM incidents WHERE connection = $1 AND id = ANY($2::text[]::bigint[]) ORDER BY id FOR UPDATE`
	if _, err := b.tx.Exec(ctx, lock, b.Connection, ending); err != nil {
		return nil, 0, err
	}
	removed, err := b.remove(ctx, `DELETE FROM incidents i WHERE i.connection = $1 AND i.id = ANY($2::text[]::bigint[])
		AND i.closed_at < $3 AND `+ends, b.Connection, ending, b.before, b.incidentBefore)
	return last, removed, err
}
