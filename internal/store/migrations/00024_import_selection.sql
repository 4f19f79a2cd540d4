-- +goose Up

-- What an import brings in: kinds of records and organizations. Nothing means all of them.
ALTER TABLE imports ADD COLUMN records text[] NOT NULL DEFAULT '{}';
ALTER TABLE imports ADD COLUMN organizations bigint[] NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE imports DROP COLUMN organizations;
ALTER TABLE imports DROP COLUMN records;
