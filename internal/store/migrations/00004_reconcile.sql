-- +goose Up

-- How far a connection has been reconciled, and what came of it.
CREATE TABLE reconciles (
    connection       text PRIMARY KEY REFERENCES connections (name) ON DELETE CASCADE,
    -- the tenant whose activity log the mark is of
    ninjaone_url     text        NOT NULL,
    -- where the log ended when the connection was set up: what is older is the import's business
    began            bigint      NOT NULL DEFAULT 0,
    -- everything up to this activity is durable; marked_time is when that happened in NinjaOne, marked_at when we knew
    mark             bigint      NOT NULL DEFAULT 0,
    marked_time      timestamptz,
    marked_at        timestamptz,
    -- the newest change of a request that was compared, by Accelo's clock
    requests_seen    timestamptz,
    -- when devices and organizations were last looked through for deleted ones
    swept_at         timestamptz,
    -- when NinjaOne's webhook was last made
    registered_at    timestamptz,
    -- mass changes that wait for a person; null where none do
    brake            jsonb,
    -- the result of the last run
    last             jsonb,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

-- Since when the record no longer exists in NinjaOne. Nothing is deleted for it in Accelo.
ALTER TABLE links ADD COLUMN gone_at timestamptz;

CREATE INDEX alerts_active ON alerts (connection) WHERE state = 'active';
-- Which request a fault reopens that comes back within the reopen window.
CREATE INDEX incidents_closed ON incidents (connection, recurrence_key, closed_at) WHERE state = 'closed' AND recurrence_key <> '';
CREATE INDEX links_unsettled ON links (connection) WHERE state IN ('claimed', 'doubt');

-- +goose Down
DROP INDEX links_unsettled;
DROP INDEX incidents_closed;
DROP INDEX alerts_active;
ALTER TABLE links DROP COLUMN gone_at;
DROP TABLE reconciles;
