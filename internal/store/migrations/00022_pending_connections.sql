-- +goose Up

-- A connection that waits for users to sign in at the vendors: what was typed, and what they granted so far, is sealed. Nothing of it is a
-- connection until live checks pass. again_for names the connection whose user signs in again; it is empty for a new one.
CREATE TABLE pending_connections (
    id          text        PRIMARY KEY,
    name        text        NOT NULL DEFAULT '',
    again_for   text        NOT NULL DEFAULT '',
    begun_at    text        NOT NULL CHECK (begun_at IN ('accelo', 'ninjaone', 'reconnect')),
    begun_by    text        NOT NULL DEFAULT '',
    sealed      bytea       NOT NULL,
    -- why it is not done, and the input at fault
    problem     text        NOT NULL DEFAULT '',
    field       text        NOT NULL DEFAULT '',
    -- where the user was sent last, and when
    sent_to     text        NOT NULL DEFAULT '',
    sent_at     timestamptz,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    version     bigint      NOT NULL DEFAULT 1
);

-- The states of the vendors' redirects. Only hashes are stored. A state that was used stays for a while, so that a second callback is told apart
-- from a forged one.
CREATE TABLE oauth_states (
    hash       bytea       PRIMARY KEY,
    session    bytea       NOT NULL,
    pending    text        NOT NULL,
    vendor     text        NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX oauth_states_by_age ON oauth_states (created_at);

-- +goose Down
DROP TABLE oauth_states;
DROP TABLE pending_connections;
