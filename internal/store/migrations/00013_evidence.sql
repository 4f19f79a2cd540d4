-- +goose Up

-- What the activity log says about the severity of alerts that a list of active alerts names without one.
CREATE TABLE alert_severities (
    connection text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    uid        text        NOT NULL,
    -- the log was read; its answer may be that the alert has no severity
    answered   boolean     NOT NULL DEFAULT false,
    severity   text        NOT NULL DEFAULT '',
    priority   text        NOT NULL DEFAULT '',
    -- since when we have been asking
    asked_at   timestamptz NOT NULL DEFAULT now(),
    -- when a list of active alerts last named it, to the day
    listed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection, uid)
);

-- Where NinjaOne's lists and our rows disagree. A list alone changes nothing: the record itself is looked at, and the row remembers
-- what the looks said. It is removed when both sides agree again.
CREATE TABLE differences (
    connection  text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    kind        text        NOT NULL CHECK (kind IN ('alert', 'device', 'organization')),
    ninja_id    text        NOT NULL,
    -- missing: active or linked here, and not listed; listed: reset here, and listed as active
    what        text        NOT NULL CHECK (what IN ('missing', 'listed')),
    -- the check that found it
    since       timestamptz NOT NULL,
    -- the last check that looked at the record itself, and the first one of those that agreed with the list, without a contradiction since
    looked_at   timestamptz,
    agreed_at   timestamptz,
    -- the last check that left the change to a person, when a person could first read that, and when one approved
    held_at     timestamptz,
    shown_at    timestamptz,
    approved_at timestamptz,
    -- when the change was decided: it is owed from then on
    decided_at  timestamptz,
    PRIMARY KEY (connection, kind, ninja_id)
);

-- What reconciliations concluded without an event of NinjaOne's. The brake counts a day of them.
CREATE TABLE conclusions (
    connection text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    kind       text        NOT NULL,
    ninja_id   text        NOT NULL,
    approved   boolean     NOT NULL,
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conclusions_by_time ON conclusions (connection, kind, at);

-- +goose Down
DROP TABLE conclusions;
DROP TABLE differences;
DROP TABLE alert_severities;
