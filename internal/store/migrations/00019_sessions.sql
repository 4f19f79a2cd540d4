-- +goose Up

-- Who is logged in to the page. Only the hash of a session's secret is stored, so the table opens no session.
CREATE TABLE sessions (
    secret_hash bytea       PRIMARY KEY,
    -- what the session was opened with, such as the hash of the admin token: once that changes, the session ends
    opened_with bytea       NOT NULL,
    role        text        NOT NULL,
    who         text        NOT NULL,
    opened_at   timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL
);
CREATE INDEX sessions_by_age ON sessions (seen_at);

-- +goose Down
DROP TABLE sessions;
