-- +goose Up

-- Who asked for what, through which surface, with the values before and after. It has to outlive what it is about: a move to another
-- pair or a disconnect is the very thing that someone will want to look up. So the column is called about, not connection, and refers to
-- nothing: rows of a table with a connection end with that connection.
CREATE TABLE audit (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- the name of a connection; empty for what concerns them all
    about   text        NOT NULL DEFAULT '',
    actor   text        NOT NULL,
    surface text        NOT NULL,
    role    text        NOT NULL,
    action  text        NOT NULL,
    subject text        NOT NULL DEFAULT '',
    before  jsonb,
    after   jsonb
);
CREATE INDEX audit_by_about ON audit (about, id DESC);

-- +goose Down
DROP TABLE audit;
