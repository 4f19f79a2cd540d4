-- +goose Up

-- A comparison found that someone changed the request, and nobody has followed that yet.
ALTER TABLE incidents ADD COLUMN follow_owed_since timestamptz;
CREATE INDEX incidents_follow_owed ON incidents (connection) WHERE follow_owed_since IS NOT NULL;

-- +goose Down
DROP INDEX incidents_follow_owed;
ALTER TABLE incidents DROP COLUMN follow_owed_since;
