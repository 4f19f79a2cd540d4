-- +goose Up

-- The plan of an import: what it does about each record that it touches. It belongs to the import's working set; that of a plan
-- stays until the next run, so that users can read it. Change is the whole value; the other columns are its order.
CREATE TABLE import_changes (
    import_id       text     NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    organization_id bigint   NOT NULL,
    rank            smallint NOT NULL,
    number          bigint   NOT NULL,
    kind            text     NOT NULL CHECK (kind IN ('organization', 'contact', 'device', 'alert')),
    ninja_id        text     NOT NULL,
    action          text     NOT NULL,
    change          jsonb    NOT NULL,
    PRIMARY KEY (import_id, kind, ninja_id)
);
CREATE INDEX import_changes_in_order ON import_changes (import_id, organization_id, rank, number, ninja_id);

-- +goose Down
DROP TABLE import_changes;
