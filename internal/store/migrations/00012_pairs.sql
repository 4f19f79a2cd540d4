-- +goose Up

-- Ids of NinjaOne and Accelo mean nothing without the tenant and the deployment that they come from. pair counts the pairs that a
-- connection has had: all of its rows belong to the current one, which began at pair_since. identity is what the two vendors say about
-- the pair, so that a connection notices when its credentials lead somewhere else.
ALTER TABLE connections ADD COLUMN pair bigint NOT NULL DEFAULT 1;
ALTER TABLE connections ADD COLUMN pair_since timestamptz NOT NULL DEFAULT now();
ALTER TABLE connections ADD COLUMN identity jsonb NOT NULL DEFAULT '{}';

-- +goose StatementBegin
CREATE FUNCTION refuse_former_pair(connection text, expected bigint, current bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'connection % no longer has its pair %', connection, expected USING ERRCODE = 'NA001';
    END IF;
END
$$;
-- +goose StatementEnd

-- What a flow of a former pair must not pass. require_pair comes before statements that write: its lock makes a move to another pair wait
-- for them, and them for the move. check_pair comes after statements that only read.
-- +goose StatementBegin
CREATE FUNCTION require_pair(connection text, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    current bigint;
BEGIN
    SELECT pair INTO current FROM connections WHERE name = connection FOR KEY SHARE;
    PERFORM refuse_former_pair(connection, expected, current);
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION check_pair(connection text, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_former_pair(connection, expected, (SELECT pair FROM connections WHERE name = connection));
END
$$;
-- +goose StatementEnd

-- Removing a connection's incidents looks for their alerts in any state.
DROP INDEX alerts_by_incident;
CREATE INDEX alerts_by_incident ON alerts (incident_id);

-- +goose Down
DROP INDEX alerts_by_incident;
CREATE INDEX alerts_by_incident ON alerts (incident_id) WHERE state = 'active';
DROP FUNCTION check_pair(text, bigint);
DROP FUNCTION require_pair(text, bigint);
DROP FUNCTION refuse_former_pair(text, bigint, bigint);
ALTER TABLE connections DROP COLUMN identity;
ALTER TABLE connections DROP COLUMN pair_since;
ALTER TABLE connections DROP COLUMN pair;
