-- +goose Up

-- What is known of NinjaOne's organizations besides their links: the name, whether users have switched the sync off, and the company and
-- contact that they chose. A chosen company counts until the organization is linked; then the link does.
CREATE TABLE organizations (
    connection     text        NOT NULL REFERENCES connections (name) ON DELETE CASCADE,
    ninja_id       text        NOT NULL,
    name           text        NOT NULL DEFAULT '',
    sync           boolean     NOT NULL DEFAULT true,
    company_id     bigint      NOT NULL DEFAULT 0,
    company        text        NOT NULL DEFAULT '',
    -- why it goes to this company, and who decided that
    chosen_why     text        NOT NULL DEFAULT '',
    chosen_by      text        NOT NULL DEFAULT '',
    affiliation_id bigint      NOT NULL DEFAULT 0,
    -- what matching proposed, until someone confirms it or chooses
    proposed_id    bigint      NOT NULL DEFAULT 0,
    proposed       text        NOT NULL DEFAULT '',
    proposed_why   text        NOT NULL DEFAULT '',
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (connection, ninja_id)
);

-- The organization because of whose switch an alert got no request. Once it is on again, the alert counts as missed.
ALTER TABLE alerts ADD COLUMN off_organization text NOT NULL DEFAULT '';

-- +goose StatementBegin
CREATE FUNCTION is_switched_off(of_connection text, organization text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM organizations WHERE connection = of_connection AND ninja_id = organization AND NOT sync)
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION is_switched_off(text, text);
ALTER TABLE alerts DROP COLUMN off_organization;
DROP TABLE organizations;
