-- +goose Up

-- The last test alert of a connection: its result, and when a test last passed.
CREATE TABLE test_alerts (
    connection  text        PRIMARY KEY REFERENCES connections (name) ON DELETE CASCADE,
    result      jsonb       NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    passed_at   timestamptz
);

-- +goose Down
DROP TABLE test_alerts;
