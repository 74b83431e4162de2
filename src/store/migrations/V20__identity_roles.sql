-- What the identity service says that its people may do here, with the time at which it said so.

CREATE TABLE identity_roles (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    organisation_id bigint NOT NULL REFERENCES organisations,
    issuer text NOT NULL,
    -- The organisation, as the service names it.
    place text NOT NULL,
    -- Codes of roles there; without any list the service gives this account no access for the organisation.
    codes text[],
    looked_up_at timestamptz NOT NULL,
    -- When a node last set out to ask again: one does so at a time.
    asked_at timestamptz,
    PRIMARY KEY (user_id, organisation_id),
    -- Whoever is not linked any more has no roles there either.
    FOREIGN KEY (issuer, user_id) REFERENCES identity_links (issuer, user_id) ON DELETE CASCADE
);
CREATE INDEX identity_roles_link ON identity_roles (issuer, user_id);
ALTER TABLE identity_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY identity_roles_of_person ON identity_roles FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY identity_roles_directory ON identity_roles FOR SELECT TO daybreak_node USING (true);
CREATE POLICY identity_roles_of_owner ON identity_roles FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON identity_roles TO daybreak_app;
GRANT SELECT (user_id, organisation_id, issuer, place, codes, looked_up_at) ON identity_roles TO daybreak_node;

-- Nodes are told of what was looked up, and not of who set out to ask.
CREATE FUNCTION tell_nodes_whose_roles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text;
    people bigint;
BEGIN
    SELECT string_agg(DISTINCT n.user_id::text, ' '), count(DISTINCT n.user_id) INTO ids, people
    FROM changed n JOIN before b USING (user_id, organisation_id)
    WHERE (n.looked_up_at, n.codes, n.place, n.issuer)
        IS DISTINCT FROM (b.looked_up_at, b.codes, b.place, b.issuer);
    IF people > 0 THEN
        -- A payload has 8,000 bytes at the most, an id 20. The version before knows the word, and reads them.
        PERFORM pg_notify('daybreak', CASE WHEN people > 100 THEN 'directory' ELSE 'factors ' || ids END);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON identity_roles REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON identity_roles
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_roles();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON identity_roles REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
