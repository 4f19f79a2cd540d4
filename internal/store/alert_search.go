package store

import (
	"context"
	"fmt"
	"math"
	"strconv"
)

// A search must not read every alert that there ever was. Alerts have no names of their own, so an index finds each that can match.

// searchAlerts is SearchLinks for alerts.
func (s *Store) searchAlerts(ctx context.Context, connection string, query LinkQuery) (found []FoundLink, total int, err error) {
	links, failures := alertConditions(query)
	arguments := []any{connection, query.NinjaID, query.State, query.Text, containing(query.Text), acceloNumber(query.Text)}
	if total, err = s.countAlertRecords(ctx, connection, query, links, failures, arguments); err != nil || query.Limit <= 0 || total <= query.Offset {
		return nil, total, err
	}
	found, err = s.foundLinks(ctx, `SELECT * FROM (
			(SELECT `+foundColumns+` FROM (SELECT * FROM links WHERE `+links+` ORDER BY length(ninja_id), ninja_id LIMIT $7) l
				LEFT JOIN failures f USING (connection, kind, ninja_id))
			UNION ALL (SELECT `+foundColumns+` FROM (SELECT * FROM failures f WHERE `+failures+`) f
				LEFT JOIN links l USING (connection, kind, ninja_id))) r
		ORDER BY length(ninja_id), ninja_id LIMIT $8 OFFSET $9`, append(arguments, query.Offset+query.Limit, query.Limit, query.Offset)...)
	return found, total, err
}

// alertConditions returns which links of alerts a query selects, and which failures of alerts without a link. They use $1 to $6, and name only what
// the query has, because a condition that is open to everything keeps an index from being used.
func alertConditions(query LinkQuery) (links, failures string) {
	const failed = `SELECT ninja_id FROM failures WHERE connection = $1 AND kind = 'alert'`
	links = `connection = $1 AND kind = 'alert' AND $2::text IS NOT NULL AND $3::text IS NOT NULL AND $4::text IS NOT NULL AND $5::text IS NOT NULL
		AND $6::bigint IS NOT NULL`
	failures = links + ` AND NOT EXISTS (SELECT FROM links l WHERE l.connection = f.connection AND l.kind = f.kind AND l.ninja_id = f.ninja_id)`
	if query.NinjaID != "" {
		links += ` AND ninja_id = $2`
		failures += ` AND ninja_id = $2`
	}
	switch query.State {
	case "":
	case Failed:
		links += ` AND ninja_id = ANY (ARRAY(` + failed + `))`
	case Claimed, Doubt:
		links += ` AND state = $3 AND state IN ('claimed', 'doubt')` // there is an index of these
		failures += ` AND false`
	case Linked:
		links += ` AND state = $3`
		failures += ` AND false`
	default: // no alert waits
		links += ` AND false`
		failures += ` AND false`
	}
	if query.Text != "" {
		links += ` AND ninja_id = ANY (ARRAY(SELECT $4::text UNION ` + failed + ` AND name ILIKE $5 UNION SELECT ninja_id FROM links
			WHERE connection = $1 AND kind = 'alert' AND state = 'linked' AND accelo_id = $6))`
		failures += ` AND (ninja_id = $4 OR name ILIKE $5)`
	}
	return links, failures
}

// countAlertRecords counts what a query selects. All alerts, or all linked ones, are too many to count.
func (s *Store) countAlertRecords(
	ctx context.Context, connection string, query LinkQuery, links, failures string, arguments []any,
) (int, error) {
	counted := 0
	if query.NinjaID == "" && query.Text == "" && (query.State == "" || query.State == Linked) {
		history, err := s.historyCounts(ctx, connection)
		if err != nil {
			return 0, err
		}
		counted = history[alertLinks] + history[testAlertLinks]
		links += ` AND state IN ('claimed', 'doubt')`
	}
	var total int
	err := s.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM links WHERE `+links+`) + (SELECT count(*) FROM failures f WHERE `+failures+`)`,
		arguments...).Scan(&total)
	if err != nil {
		return 0, fmt.Errorf("count the alerts that a search finds: %w", err)
	}
	return counted + total, nil
}

// acceloNumber is the id that a text is, or one that nothing has.
func acceloNumber(text string) int64 {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number <= 0 {
		return math.MinInt64
	}
	return number
}
