package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

func numberOf(id string) int64 {
	number, _ := strconv.ParseInt(id, 10, 64) // an empty position is before all others
	return number
}

// linkEnds selects the links of alerts, notes and assets on requests that belong to nothing any more. Notes and asset links name in their keys
// what they are about; those about other records end with their age.
const linkEnds = `NOT EXISTS (SELECT FROM alerts a WHERE a.connection = l.connection AND a.uid = CASE WHEN l.kind = 'alert' THEN l.ninja_id
		ELSE substring(l.ninja_id FROM '^reset of alert (.*)$') END)
	AND NOT EXISTS (SELECT FROM failures f WHERE f.connection = l.connection AND f.kind = 'alert' AND l.kind = 'alert' AND f.ninja_id = l.ninja_id)
	AND NOT EXISTS (SELECT FROM incidents i WHERE i.connection = l.connection AND i.request_id <> 0 AND i.request_id =
		substring(l.ninja_id FROM '^(?:device of|asset [0-9]+ to) request ([0-9]+)$')::bigint AND l.kind <> 'alert')
	AND NOT EXISTS (SELECT FROM incidents i WHERE i.connection = l.connection AND l.kind = 'note' AND i.id =
		substring(l.ninja_id FROM '^[0-9]+ repeats of incident ([0-9]+)$')::bigint)`

// sweepLinks removes what linkEnds selects.
func sweepLinks(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	const separator = "\n"
	kind, id, _ := strings.Cut(b.afterID, separator)
	ending, last, err := b.look(ctx, `SELECT l.kind || E'\n' || l.ninja_id AS id, l.updated_at AS at, `+linkEnds+` AS ends FROM (SELECT * FROM links
			WHERE connection = $1 AND kind IN ('alert', 'note', 'asset-link') AND state = 'linked' AND updated_at < $2
				AND (updated_at, kind, ninja_id) > ($3, $4, $5) ORDER BY updated_at, kind, ninja_id LIMIT $6) l
		ORDER BY l.updated_at, l.kind, l.ninja_id`, b.Connection, b.before, b.after, kind, id, sweepWindow)
	if err != nil || len(ending) == 0 {
		return last, 0, err
	}
	kinds, ids := make([]string, len(ending)), make([]string, len(ending))
	for i, each := range ending {
		kinds[i], ids[i], _ = strings.Cut(each, separator)
	}
	removed, err := b.remove(ctx, `DELETE FROM links l USING unnest($3::text[], $4::text[]) AS e(kind, ninja_id)
		WHERE l.connection = $1 AND l.kind = e.kind AND l.ninja_id = e.ninja_id AND l.state = 'linked' AND l.updated_at < $2 AND `+linkEnds,
		b.Connection, b.before, kinds, ids)
	return last, removed, err
}

// sweepHistory removes the history of records that are not linked any more. That of linked ones is bounded; that of organizations says who
// chose their companies.
func sweepHistory(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	ending, last, err := b.look(ctx, `SELECT e.id::text, e.at, e.kind <> 'organization'
			AND NOT EXISTS (SELECT FROM links l WHERE l.connection = e.connection AND l.kind = e.kind AND l.ninja_id = e.ninja_id) AS ends
		FROM (SELECT * FROM link_events WHERE connection = $1 AND at < $2 AND (at, id) > ($3, $4) ORDER BY at, id LIMIT $5) e ORDER BY e.at, e.id`,
		b.Connection, b.before, b.after, numberOf(b.afterID), sweepWindow)
	if err != nil || len(ending) == 0 {
		return last, 0, err
	}
	removed, err := b.remove(ctx, `DELETE FROM link_events WHERE connection = $1 AND at BETWEEN $2 AND $3 AND id = ANY($4::text[]::bigint[])`,
		b.Connection, b.after, last.At, ending)
	return last, removed, err
}

// sweepImports removes finished runs, and ended ones that never finished: one runs at a time. The newest of each sort stays, because it says
// that a connection was imported, previewed and reviewed.
func sweepImports(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	// sort is what tells the sorts of runs apart.
	const sort = `(%[1]s.plan, coalesce(%[1]s.result ->> 'cancelled', 'false') = 'true',
		cardinality(%[1]s.records) + cardinality(%[1]s.organizations) = 0)`
	ending, last, err := b.look(ctx, `SELECT r.id, r.started_at AS at, coalesce(r.finished_at, r.started_at) < $2
			AND EXISTS (SELECT FROM imports n WHERE n.connection = r.connection AND n.workflow_id = r.workflow_id AND n.started_at > r.started_at)
			AND (r.finished_at IS NULL OR EXISTS (SELECT FROM imports n WHERE n.connection = r.connection AND n.workflow_id = r.workflow_id
				AND n.finished_at > r.finished_at AND `+fmt.Sprintf(sort, "n")+` = `+fmt.Sprintf(sort, "r")+`)) AS ends
		FROM (SELECT * FROM imports WHERE connection = $1 AND started_at < $2 AND (started_at, id) > ($3, $4) ORDER BY started_at, id LIMIT $5) r
		ORDER BY r.started_at, r.id`, b.Connection, b.before, b.after, b.afterID, sweepWindow)
	if err != nil || len(ending) == 0 {
		return last, 0, err
	}
	removed, err := b.remove(ctx, `DELETE FROM imports WHERE connection = $1 AND id = ANY($2)`, b.Connection, ending)
	return last, removed, err
}

// sweepAudit removes entries about the connection, and about those that no longer exist.
func sweepAudit(ctx context.Context, b sweepBatch) (*sweepRow, int, error) {
	ending, last, err := b.look(ctx, `SELECT e.id::text, e.at, e.about = $1
			OR NOT EXISTS (SELECT FROM connections c WHERE c.name = e.about) AS ends
		FROM (SELECT id, at, about FROM audit WHERE at < $2 AND (at, id) > ($3, $4) ORDER BY at, id LIMIT $5) e ORDER BY e.at, e.id`,
		b.Connection, b.before, b.after, numberOf(b.afterID), sweepWindow)
	if err != nil || len(ending) == 0 {
		return last, 0, err
	}
	removed, err := b.remove(ctx, `DELETE FROM audit WHERE id = ANY($1::text[]::bigint[])`, ending)
	return last, removed, err
}
