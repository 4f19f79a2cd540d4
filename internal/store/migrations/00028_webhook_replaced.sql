-- +goose Up

-- NinjaOne keeps one webhook for an application, and no call reads it. silence counts the events that were missed since the last one that came by
-- itself, replaced_at says when the webhook was registered again because of that, within the last day, and given_up_at when that no longer helped:
-- since then it is left alone.
ALTER TABLE reconciles ADD COLUMN silence int NOT NULL DEFAULT 0;
ALTER TABLE reconciles ADD COLUMN replaced_at timestamptz[] NOT NULL DEFAULT '{}';
ALTER TABLE reconciles ADD COLUMN given_up_at timestamptz;

-- +goose Down
ALTER TABLE reconciles DROP COLUMN given_up_at;
ALTER TABLE reconciles DROP COLUMN replaced_at;
ALTER TABLE reconciles DROP COLUMN silence;
