-- +goose Up

-- What the stored event of a failed alert is: its trigger or its reset. Empty for other records, which have no event.
ALTER TABLE failures ADD COLUMN event_type text NOT NULL DEFAULT '' CHECK (event_type IN ('', 'triggered', 'reset'));
UPDATE failures SET event_type = CASE WHEN workflow_id LIKE 'alert-reset/%' THEN 'reset' ELSE 'triggered' END WHERE kind = 'alert';

-- +goose Down
ALTER TABLE failures DROP COLUMN event_type;
