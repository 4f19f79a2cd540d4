-- +goose Up

-- Active alerts that wait for their first incident: reconciliations start their workflows again.
CREATE INDEX alerts_without_incident ON alerts (connection, updated_at) WHERE state = 'active' AND incident_id IS NULL;

-- +goose Down
DROP INDEX alerts_without_incident;
