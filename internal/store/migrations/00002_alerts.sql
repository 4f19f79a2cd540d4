-- +goose Up

-- One request in Accelo and the alerts that it stands for: the first one, and every recurrence on the same device, condition
-- and subject that came while it was open.
CREATE TABLE incidents (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection      text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    recurrence_key  text        NOT NULL DEFAULT '',
    leader_uid      text        NOT NULL,
    organization_id bigint      NOT NULL,
    device_id       bigint      NOT NULL,
    request_id      bigint      NOT NULL DEFAULT 0,
    state           text        NOT NULL CHECK (state IN ('opening', 'open', 'closed', 'converted')),
    -- who ended it: our own close after a reset, or a person
    cause           text        NOT NULL DEFAULT '' CHECK (cause IN ('', 'reset', 'person')),
    joined          integer     NOT NULL DEFAULT 0,
    note_uid        text        NOT NULL DEFAULT '',
    noted_at        timestamptz,
    -- until when a status change of the request is taken for the echo of our own close
    echo_until      timestamptz,
    asset_linked    boolean     NOT NULL DEFAULT false,
    conversion_type text        NOT NULL DEFAULT '',
    conversion_id   bigint      NOT NULL DEFAULT 0,
    closed_at       timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX incidents_one_open ON incidents (connection, recurrence_key)
    WHERE state IN ('opening', 'open') AND recurrence_key <> '';
CREATE UNIQUE INDEX incidents_by_request ON incidents (connection, request_id) WHERE request_id <> 0;
CREATE INDEX incidents_by_state ON incidents (connection, state);

-- The state machine of an alert. A reset that comes before its trigger leaves a row in state reset: a tombstone.
CREATE TABLE alerts (
    connection         text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    uid                text        NOT NULL,
    state              text        NOT NULL CHECK (state IN ('active', 'reset')),
    incident_id        bigint      REFERENCES incidents (id),
    triggered_activity bigint      NOT NULL DEFAULT 0,
    reset_activity     bigint      NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection, uid)
);
CREATE INDEX alerts_by_incident ON alerts (incident_id) WHERE state = 'active';

-- What warm paths need without a call: an organization's TeamViewer settings with its link, and the names of policies.
ALTER TABLE links ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';
ALTER TABLE connections ADD COLUMN policies jsonb NOT NULL DEFAULT '{}';

-- What webhooks of both vendors are recognized by, sealed.
ALTER TABLE connections ADD COLUMN webhooks_sealed bytea;

-- What the webhook said of an alert that could not be synced, so that its sync can be started again.
ALTER TABLE failures ADD COLUMN event jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE failures DROP COLUMN event;
ALTER TABLE connections DROP COLUMN webhooks_sealed;
ALTER TABLE connections DROP COLUMN policies;
ALTER TABLE links DROP COLUMN facts;
DROP TABLE alerts, incidents;
