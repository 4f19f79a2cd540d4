-- +goose Up

-- How many rows of history there are, so that nobody has to count them: alerts that were reset, and linked requests of alerts and of test alerts.
-- Each change adds a row, so that changes don't wait for each other; reconciliations sum them up.
CREATE TABLE history_counts (
    connection text   NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    what       text   NOT NULL CHECK (what IN ('reset alerts', 'alert links', 'test alert links')),
    change     bigint NOT NULL
);
CREATE INDEX history_counts_by_connection ON history_counts (connection, what);

-- +goose StatementBegin
CREATE FUNCTION what_counts(ninja_id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN ninja_id LIKE '7e57a1e7-____-8%' THEN 'test alert links' ELSE 'alert links' END
$$;
-- +goose StatementEnd

-- A connection that is being removed takes its counts with it.
-- +goose StatementBegin
CREATE FUNCTION count_reset_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO history_counts SELECT connection, 'reset alerts', count(*) FROM after WHERE state = 'reset' GROUP BY connection;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO history_counts SELECT connection, 'reset alerts', sum(change)
            FROM (SELECT connection, 1 AS change FROM after WHERE state = 'reset'
                UNION ALL SELECT connection, -1 FROM before WHERE state = 'reset') AS changes
            GROUP BY connection HAVING sum(change) <> 0;
    ELSE
        INSERT INTO history_counts SELECT connection, 'reset alerts', -count(*) FROM before
            WHERE state = 'reset' AND EXISTS (SELECT FROM connections WHERE name = before.connection) GROUP BY connection;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION count_alert_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO history_counts SELECT connection, what_counts(ninja_id), count(*) FROM after
            WHERE kind = 'alert' AND state = 'linked' GROUP BY 1, 2;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO history_counts SELECT connection, what, sum(change)
            FROM (SELECT connection, what_counts(ninja_id) AS what, 1 AS change FROM after WHERE kind = 'alert' AND state = 'linked'
                UNION ALL SELECT connection, what_counts(ninja_id), -1 FROM before WHERE kind = 'alert' AND state = 'linked') AS changes
            GROUP BY 1, 2 HAVING sum(change) <> 0;
    ELSE
        INSERT INTO history_counts SELECT connection, what_counts(ninja_id), -count(*) FROM before
            WHERE kind = 'alert' AND state = 'linked' AND EXISTS (SELECT FROM connections WHERE name = before.connection) GROUP BY 1, 2;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER alerts_come AFTER INSERT ON alerts REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_reset_alerts();
CREATE TRIGGER alerts_change AFTER UPDATE ON alerts REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT
    EXECUTE FUNCTION count_reset_alerts();
CREATE TRIGGER alerts_go AFTER DELETE ON alerts REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_reset_alerts();
CREATE TRIGGER links_come AFTER INSERT ON links REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_alert_links();
CREATE TRIGGER links_change AFTER UPDATE ON links REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT
    EXECUTE FUNCTION count_alert_links();
CREATE TRIGGER links_go AFTER DELETE ON links REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION count_alert_links();

INSERT INTO history_counts SELECT connection, 'reset alerts', count(*) FROM alerts WHERE state = 'reset' GROUP BY connection;
INSERT INTO history_counts SELECT connection, what_counts(ninja_id), count(*) FROM links WHERE kind = 'alert' AND state = 'linked' GROUP BY 1, 2;

-- What lists and searches need besides.
CREATE INDEX links_with_changes ON links (connection, kind, ninja_id) WHERE differences <> '[]';
CREATE INDEX links_by_state ON links (connection, kind, state) WHERE kind IN ('organization', 'contact', 'device');
CREATE INDEX links_of_alerts ON links (connection, length(ninja_id), ninja_id) WHERE kind = 'alert';

-- +goose Down
DROP INDEX links_of_alerts;
DROP INDEX links_by_state;
DROP INDEX links_with_changes;
DROP TRIGGER links_go ON links;
DROP TRIGGER links_change ON links;
DROP TRIGGER links_come ON links;
DROP TRIGGER alerts_go ON alerts;
DROP TRIGGER alerts_change ON alerts;
DROP TRIGGER alerts_come ON alerts;
DROP FUNCTION count_alert_links();
DROP FUNCTION count_reset_alerts();
DROP FUNCTION what_counts(text);
DROP TABLE history_counts;
