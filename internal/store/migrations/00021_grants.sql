-- +goose Up

-- What users granted at a vendor by signing in: the tokens, sealed before they come here. A refresh takes the row's lock, in whatever
-- process it runs, and stores the next refresh token before anything uses it: the former one no longer works then. ended_at and reason say
-- that the vendor takes the refresh token no more, which only another sign-in ends.
CREATE TABLE grants (
    connection    text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    vendor        text        NOT NULL CHECK (vendor IN ('ninjaone', 'accelo')),
    sealed        bytea       NOT NULL,
    refresh_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    renewed_at    timestamptz NOT NULL,
    authorized_at timestamptz NOT NULL,
    authorized_by text        NOT NULL DEFAULT '',
    -- counts what the row has held, so that nobody overwrites what they have not seen
    generation    bigint      NOT NULL DEFAULT 1,
    ended_at      timestamptz,
    reason        text        NOT NULL DEFAULT '',
    PRIMARY KEY (connection, vendor)
);

-- Removing our webhooks from accounts that a connection leaves takes an access token that still lives.
ALTER TABLE former_deployments ADD COLUMN accelo_grant bytea;
ALTER TABLE former_deployments ADD COLUMN ninjaone_grant bytea;

-- +goose Down
ALTER TABLE former_deployments DROP COLUMN ninjaone_grant;
ALTER TABLE former_deployments DROP COLUMN accelo_grant;
DROP TABLE grants;
