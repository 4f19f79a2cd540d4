-- +goose Up

-- A connection that was removed. What still runs for it, and its schedule, have to end: done_at is null until they have. A later
-- connection of the same name goes on counting from here, so that nothing of the former one can pass for its own.
CREATE TABLE retired_connections (
    name       text        PRIMARY KEY,
    pair       bigint      NOT NULL,
    version    bigint      NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at    timestamptz
);

-- A tenant that a connection leaves is owed the removal of our webhook too.
ALTER TABLE former_deployments ADD COLUMN ninjaone_url text NOT NULL DEFAULT '';
ALTER TABLE former_deployments ADD COLUMN ninjaone_sealed bytea;

-- +goose Down
ALTER TABLE former_deployments DROP COLUMN ninjaone_sealed;
ALTER TABLE former_deployments DROP COLUMN ninjaone_url;
DROP TABLE retired_connections;
