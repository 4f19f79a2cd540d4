-- +goose Up

-- What someone chose for a connection, by the name of the option and in the form of the environment. The environment gives the others.
ALTER TABLE connections ADD COLUMN options jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE connections DROP COLUMN options;
