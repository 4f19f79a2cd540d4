-- +goose Up

-- Links between objects of Accelo, and notes, are no records of NinjaOne, but Accelo would take each of them twice: they are claimed
-- like everything that is created, under an id that says what is written on what. They have no history.
ALTER TABLE links DROP CONSTRAINT links_kind_check;
ALTER TABLE links ADD CONSTRAINT links_kind_check
    CHECK (kind IN ('organization', 'contact', 'device', 'alert', 'asset-link', 'note'));

DROP TRIGGER links_changed ON links;
CREATE TRIGGER links_changed AFTER UPDATE ON links FOR EACH ROW
    WHEN (NEW.kind NOT IN ('asset-link', 'note') AND NEW.state <> 'claimed'
        AND (OLD.written IS DISTINCT FROM NEW.written OR OLD.accelo_id <> NEW.accelo_id
        OR OLD.company_id <> NEW.company_id OR OLD.gone_at IS DISTINCT FROM NEW.gone_at OR OLD.ninja_id <> NEW.ninja_id
        OR OLD.state <> NEW.state AND NOT (OLD.state = 'claimed' AND NEW.state = 'waiting')))
    EXECUTE FUNCTION note_link_event();

-- +goose Down
DELETE FROM links WHERE kind IN ('asset-link', 'note');
DROP TRIGGER links_changed ON links;
CREATE TRIGGER links_changed AFTER UPDATE ON links FOR EACH ROW
    WHEN (NEW.state <> 'claimed' AND (OLD.written IS DISTINCT FROM NEW.written OR OLD.accelo_id <> NEW.accelo_id
        OR OLD.company_id <> NEW.company_id OR OLD.gone_at IS DISTINCT FROM NEW.gone_at OR OLD.ninja_id <> NEW.ninja_id
        OR OLD.state <> NEW.state AND NOT (OLD.state = 'claimed' AND NEW.state = 'waiting')))
    EXECUTE FUNCTION note_link_event();
ALTER TABLE links DROP CONSTRAINT links_kind_check;
ALTER TABLE links ADD CONSTRAINT links_kind_check CHECK (kind IN ('organization', 'contact', 'device', 'alert'));
