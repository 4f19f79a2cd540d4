-- +goose Up

-- How often it was begun to link the asset to the request, or to name the device on it: Accelo takes the same link and the same note
-- twice, so that every attempt but the first has to look whether an earlier one went through.
ALTER TABLE incidents ADD COLUMN attach_attempts integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE incidents DROP COLUMN attach_attempts;
