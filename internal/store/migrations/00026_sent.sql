-- +goose Up

-- What a create sent stays with its claim until it is confirmed: the record may have changed by the time its doubt is resolved. Nothing of it
-- is written before that, so it is no part of the link's values and history.
ALTER TABLE links ADD COLUMN sent jsonb NOT NULL DEFAULT '{}';
UPDATE links SET sent = written, written = '{}' WHERE state IN ('claimed', 'doubt');

-- +goose Down
ALTER TABLE links DROP COLUMN sent;
