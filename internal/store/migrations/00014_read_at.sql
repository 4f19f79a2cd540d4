-- +goose Up

-- When NinjaOne was asked for the values that were last synced. Whoever read them earlier must not take them back.
ALTER TABLE links ADD COLUMN read_at timestamptz;

-- +goose Down
ALTER TABLE links DROP COLUMN read_at;
