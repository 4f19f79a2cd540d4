-- +goose Up

-- One pair of a NinjaOne tenant and an Accelo deployment. Credentials are sealed before they come here.
CREATE TABLE connections (
    name            text PRIMARY KEY,
    ninjaone_url    text        NOT NULL,
    ninjaone_auth   text        NOT NULL,
    ninjaone_sealed bytea       NOT NULL,
    accelo_url      text        NOT NULL,
    deployment      text        NOT NULL DEFAULT '',
    accelo_sealed   bytea       NOT NULL,
    settings        jsonb       NOT NULL DEFAULT '{}',
    budget          jsonb       NOT NULL DEFAULT '{}',
    ready           boolean     NOT NULL DEFAULT false,
    todo            jsonb       NOT NULL DEFAULT '[]',
    version         bigint      NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- A record of NinjaOne and what it is in Accelo. While a create is under way the row is its claim (find, claim, create,
-- confirm), so that a crash or a lost reply can never lead to a second one.
CREATE TABLE links (
    connection      text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind IN ('organization', 'contact', 'device', 'alert')),
    ninja_id        text        NOT NULL,
    organization_id bigint      NOT NULL DEFAULT 0,
    state           text        NOT NULL CHECK (state IN ('claimed', 'doubt', 'linked', 'waiting')),
    match_key       text        NOT NULL DEFAULT '',
    accelo_id       bigint      NOT NULL DEFAULT 0,
    company_id      bigint      NOT NULL DEFAULT 0,
    affiliation_id  bigint      NOT NULL DEFAULT 0,
    written         jsonb       NOT NULL DEFAULT '{}',
    differences     jsonb       NOT NULL DEFAULT '[]',
    written_at      timestamptz,
    import_id       text        NOT NULL DEFAULT '',
    outcome         text        NOT NULL DEFAULT '',
    claim_token     uuid,
    claimed_until   timestamptz,
    doubt_until     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection, kind, ninja_id)
);
-- Two records that would be the same object in Accelo (two organizations of one name, two devices of one title) are never
-- created at the same time: an object found after a doubtful create then belongs to exactly one of them.
CREATE UNIQUE INDEX links_one_claim ON links (connection, kind, match_key)
    WHERE state IN ('claimed', 'doubt') AND match_key <> '';
-- An asset or a request belongs to one device or alert; several organizations may share a company.
CREATE UNIQUE INDEX links_one_owner ON links (connection, kind, accelo_id)
    WHERE state = 'linked' AND kind IN ('device', 'alert');
CREATE INDEX links_by_match ON links (connection, kind, match_key) WHERE state = 'linked';
CREATE INDEX links_by_organization ON links (connection, kind, organization_id);

-- Records that could not be synced, with the reason, until a later run succeeds.
CREATE TABLE failures (
    connection      text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    kind            text        NOT NULL,
    ninja_id        text        NOT NULL,
    organization_id bigint      NOT NULL DEFAULT 0,
    name            text        NOT NULL DEFAULT '',
    workflow_id     text        NOT NULL,
    error           text        NOT NULL,
    attempts        integer     NOT NULL DEFAULT 1,
    since           timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection, kind, ninja_id)
);

-- A run of an import: what it costs and what came of it.
CREATE TABLE imports (
    id             text PRIMARY KEY,
    connection     text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    workflow_id    text        NOT NULL,
    plan           boolean     NOT NULL DEFAULT false,
    phase          text        NOT NULL DEFAULT '',
    ninjaone_calls bigint      NOT NULL DEFAULT 0,
    accelo_calls   bigint      NOT NULL DEFAULT 0,
    accelo_writes  bigint      NOT NULL DEFAULT 0,
    accelo_millis  bigint      NOT NULL DEFAULT 0,
    result         jsonb,
    started_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz
);
CREATE INDEX imports_by_connection ON imports (connection, started_at DESC);

-- What a running import read from both vendors, so that its steps need neither long histories nor repeated calls.
-- key is the name that records are matched by, parent_id the organization or company that a record belongs to; number is
-- the id where it is one.
CREATE TABLE snapshots (
    import_id text    NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    kind      text    NOT NULL CHECK (kind IN ('organization', 'device', 'alert', 'company', 'asset')),
    id        text    NOT NULL,
    number    bigint  NOT NULL DEFAULT 0,
    parent_id bigint  NOT NULL DEFAULT 0,
    key       text    NOT NULL DEFAULT '',
    data      jsonb   NOT NULL,
    outcome   text    NOT NULL DEFAULT '',
    error     text    NOT NULL DEFAULT '',
    PRIMARY KEY (import_id, kind, id)
);
CREATE INDEX snapshots_by_number ON snapshots (import_id, kind, number);
CREATE INDEX snapshots_by_parent ON snapshots (import_id, kind, parent_id);
CREATE INDEX snapshots_by_key ON snapshots (import_id, kind, key);

-- +goose Down
DROP TABLE snapshots, imports, failures, links, connections;
