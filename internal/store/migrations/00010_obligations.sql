-- +goose Up

-- What is owed is a row, so that a reconciliation can carry it out after its workflow was terminated or lost. Each time is when the
-- obligation began; NULL means that nothing is owed.
ALTER TABLE incidents
    -- its request has to be opened or reopened; unlike updated_at, alerts that join don't move it
    ADD COLUMN opening_since timestamptz,
    -- the last active alert was reset, so the request has to be closed or noted
    ADD COLUMN close_owed_since timestamptz,
    -- the device's asset has to be linked
    ADD COLUMN asset_owed_since timestamptz,
    -- how many joined alerts the last note on the request counted
    ADD COLUMN noted_joined integer NOT NULL DEFAULT 0;
UPDATE incidents SET opening_since = updated_at WHERE state = 'opening';
UPDATE incidents SET noted_joined = joined;
CREATE INDEX incidents_owed ON incidents (connection)
    WHERE state = 'opening' OR close_owed_since IS NOT NULL OR asset_owed_since IS NOT NULL OR joined > noted_joined;

-- The events that say what to do: the alert as it was first described, and its reset.
ALTER TABLE alerts
    ADD COLUMN event jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN reset_event jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE alerts DROP COLUMN reset_event, DROP COLUMN event;
DROP INDEX incidents_owed;
ALTER TABLE incidents DROP COLUMN noted_joined, DROP COLUMN asset_owed_since, DROP COLUMN close_owed_since, DROP COLUMN opening_since;
