-- +goose Up

-- A machine that was installed anew is known by its serial number.
CREATE INDEX links_by_serial ON links (connection, organization_id, lower(btrim(facts->>'serial')))
    WHERE kind = 'device' AND state = 'linked' AND facts ? 'serial';

-- +goose Down
DROP INDEX links_by_serial;
