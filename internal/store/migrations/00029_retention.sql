-- +goose Up

-- When NinjaOne last named an alert that has ended, in its activity log or its list of active alerts, to the half day. As long as it does, the
-- row has to stay: without it the alert would count as missed, and get a second request.
ALTER TABLE alerts ADD COLUMN named_at timestamptz;
ALTER TABLE reconciles
    -- when the log and the list were last compared with our alerts: if they weren't lately, nobody knows which alerts they still name
    ADD COLUMN log_named_at timestamptz,
    ADD COLUMN list_named_at timestamptz,
    -- how far the removal of what is past its retention has come
    ADD COLUMN retention jsonb NOT NULL DEFAULT '{}';

-- The removal goes from the oldest rows to the newer ones, a few hundred at a time. Lists of alerts go the other way.
CREATE INDEX alerts_by_change ON alerts (connection, state, updated_at DESC, uid DESC);
CREATE INDEX incidents_ended ON incidents (connection, closed_at, id) WHERE state IN ('closed', 'converted');
CREATE INDEX links_aging ON links (connection, updated_at, kind, ninja_id) WHERE kind IN ('alert', 'note', 'asset-link') AND state = 'linked';
CREATE INDEX link_events_aging ON link_events (connection, at, id);
CREATE INDEX imports_by_workflow ON imports (connection, workflow_id, finished_at DESC);
CREATE INDEX audit_by_time ON audit (at, id);

-- +goose Down
DROP INDEX audit_by_time;
DROP INDEX imports_by_workflow;
DROP INDEX link_events_aging;
DROP INDEX links_aging;
DROP INDEX incidents_ended;
DROP INDEX alerts_by_change;
ALTER TABLE reconciles DROP COLUMN retention, DROP COLUMN list_named_at, DROP COLUMN log_named_at;
ALTER TABLE alerts DROP COLUMN named_at;
