-- +goose Up

-- A connection that moves to another pair owes the deployment that it leaves one thing: our webhook there has to go. The row has what
-- that needs, and ends when it is done. It outlives the connection's own rows, so it doesn't refer to them.
CREATE TABLE former_deployments (
    left_by       text        NOT NULL,
    pair          bigint      NOT NULL,
    left_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    accelo_url    text        NOT NULL,
    accelo_sealed bytea       NOT NULL,
    public_url    text        NOT NULL,
    PRIMARY KEY (left_by, pair)
);

-- +goose Down
DROP TABLE former_deployments;
