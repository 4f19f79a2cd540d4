-- +goose Up

-- What became of each link: when, why and by whom its object was made, matched, written or corrected. A trigger fills it, so that
-- no writer can forget to. It outlives the link, and holds the last 50 events of each.
CREATE TABLE link_events (
    connection text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    kind       text        NOT NULL,
    ninja_id   text        NOT NULL,
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL DEFAULT now(),
    -- the person's command that made the change; empty for a workflow
    actor      text        NOT NULL DEFAULT '',
    -- the import that made it, where one did
    import_id  text        NOT NULL DEFAULT '',
    outcome    text        NOT NULL DEFAULT '',
    -- as they were afterwards
    state      text        NOT NULL,
    accelo_id  bigint      NOT NULL,
    -- field to {from, to}, each cut at 500 characters
    changes    jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (connection, kind, ninja_id, id)
);

-- +goose StatementBegin
CREATE FUNCTION note_link_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known   jsonb := '{}';
    changes jsonb;
    import  text  := NEW.import_id;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        known := OLD.written;
    END IF;
    SELECT coalesce(jsonb_object_agg(field.key, jsonb_strip_nulls(jsonb_build_object(
            'from', left(known -> field.key ->> 'a', 500), 'to', left(field.value ->> 'a', 500)))), '{}')
        INTO changes FROM jsonb_each(NEW.written) AS field
        WHERE field.value ->> 'a' IS DISTINCT FROM known -> field.key ->> 'a';
    IF TG_OP = 'UPDATE' THEN
        IF changes = '{}' AND OLD.state = NEW.state AND OLD.import_id = NEW.import_id THEN
            import := ''; -- nothing that an import notes its id for
        END IF;
        IF OLD.accelo_id <> NEW.accelo_id AND OLD.accelo_id <> 0 THEN
            changes := changes || jsonb_build_object('accelo_id',
                jsonb_build_object('from', OLD.accelo_id::text, 'to', NEW.accelo_id::text));
        END IF;
        IF OLD.company_id <> NEW.company_id AND OLD.company_id <> 0 THEN
            changes := changes || jsonb_build_object('company_id',
                jsonb_build_object('from', OLD.company_id::text, 'to', NEW.company_id::text));
        END IF;
        IF OLD.ninja_id <> NEW.ninja_id THEN -- a machine that was installed anew: its past comes along
            UPDATE link_events SET ninja_id = NEW.ninja_id
                WHERE connection = OLD.connection AND kind = OLD.kind AND ninja_id = OLD.ninja_id;
            changes := changes || jsonb_build_object('ninja_id', jsonb_build_object('from', OLD.ninja_id, 'to', NEW.ninja_id));
        END IF;
        IF OLD.gone_at IS DISTINCT FROM NEW.gone_at THEN
            changes := changes || jsonb_build_object('gone_at',
                jsonb_strip_nulls(jsonb_build_object('from', OLD.gone_at, 'to', NEW.gone_at)));
        END IF;
        IF changes = '{}' AND OLD.state = NEW.state THEN
            RETURN NULL; -- an id of a value that was learned, say: nothing was written
        END IF;
    END IF;
    INSERT INTO link_events (connection, kind, ninja_id, actor, import_id, outcome, state, accelo_id, changes)
        VALUES (NEW.connection, NEW.kind, NEW.ninja_id, coalesce(current_setting('app.actor', true), ''), import,
            CASE WHEN TG_OP = 'UPDATE' AND import = '' AND NEW.import_id <> '' THEN '' ELSE NEW.outcome END,
            NEW.state, NEW.accelo_id, changes);
    DELETE FROM link_events AS e WHERE e.connection = NEW.connection AND e.kind = NEW.kind AND e.ninja_id = NEW.ninja_id
        AND e.id <= (SELECT l.id FROM link_events AS l WHERE l.connection = NEW.connection AND l.kind = NEW.kind
            AND l.ninja_id = NEW.ninja_id ORDER BY l.id DESC OFFSET 50 LIMIT 1);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Claims come and go with every attempt; what they end in is what counts.
CREATE TRIGGER links_made AFTER INSERT ON links FOR EACH ROW WHEN (NEW.state <> 'claimed') EXECUTE FUNCTION note_link_event();
CREATE TRIGGER links_changed AFTER UPDATE ON links FOR EACH ROW
    WHEN (NEW.state <> 'claimed' AND (OLD.written IS DISTINCT FROM NEW.written OR OLD.accelo_id <> NEW.accelo_id
        OR OLD.company_id <> NEW.company_id OR OLD.gone_at IS DISTINCT FROM NEW.gone_at OR OLD.ninja_id <> NEW.ninja_id
        OR OLD.state <> NEW.state AND NOT (OLD.state = 'claimed' AND NEW.state = 'waiting')))
    EXECUTE FUNCTION note_link_event();

-- +goose Down
DROP TRIGGER links_changed ON links;
DROP TRIGGER links_made ON links;
DROP FUNCTION note_link_event();
DROP TABLE link_events;
