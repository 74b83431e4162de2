-- Staff who look at the portal as an organisation sees it, what was done to its users, and second factors that name
-- whom they are about, count their signatures and go with their account.

-- A look at an organisation: it ends at a button, or by itself.
CREATE TABLE viewings (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    organisation_id bigint NOT NULL REFERENCES organisations,
    -- Email address of who looks.
    viewer text NOT NULL,
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    began_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK (began_at < ends_at)
);
CREATE INDEX viewings_open ON viewings (ends_at) WHERE ended_at IS NULL;
ALTER TABLE viewings ENABLE ROW LEVEL SECURITY;
ALTER TABLE viewings FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_viewings ON viewings FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY viewings_of_scope ON viewings FOR ALL TO daybreak_app
    USING (organisation_id = ANY (app_scope())) WITH CHECK (organisation_id = ANY (app_scope()));
-- Those that are over are ended by whichever node comes first.
CREATE POLICY viewings_over ON viewings FOR SELECT TO daybreak_worker USING (true);
CREATE POLICY viewings_ended ON viewings FOR UPDATE TO daybreak_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (ended_at) ON viewings TO daybreak_app;
GRANT SELECT, UPDATE (ended_at) ON viewings TO daybreak_worker;

-- What was done to the users of an organisation, and who of the staff looked at it, for those who look after it.
-- Numbers of the audit lie below nought here, so that none is taken for one of a journal.
CREATE INDEX audit_organisation ON audit (substring(subject FROM 'organisation ([0-9]+)$'), at);
CREATE FUNCTION acts_of(organisation bigint, upto timestamptz, upto_seq bigint, most bigint)
RETURNS TABLE (at timestamptz, seq bigint, actor text, action text, subject text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.at, a.seq - 4611686018427387904, a.actor, a.action, a.subject, a.detail
    FROM audit a
    WHERE organisation = ANY (app_scope())
        AND substring(a.subject FROM 'organisation ([0-9]+)$') = organisation::text
        AND (a.action LIKE 'user.%' OR a.action IN ('users.reviewed', 'viewing.began', 'viewing.ended'))
        AND (upto IS NULL OR (a.at, a.seq - 4611686018427387904) < (upto, upto_seq))
    ORDER BY a.at DESC, a.seq DESC LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION acts_of(bigint, timestamptz, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acts_of(bigint, timestamptz, bigint, bigint) TO daybreak_app;

-- Nodes are told whose second factors changed. The version before does not know the word, and reads everybody's.
CREATE FUNCTION tell_nodes_whose_factors() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text;
    people bigint;
BEGIN
    SELECT string_agg(DISTINCT user_id::text, ' '), count(DISTINCT user_id) INTO ids, people FROM changed;
    IF people > 0 THEN
        -- A payload has 8,000 bytes at the most, an id 20.
        PERFORM pg_notify('daybreak', CASE WHEN people > 100 THEN 'directory' ELSE 'factors ' || ids END);
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER tell_nodes ON authenticators;
DROP TRIGGER tell_nodes ON recovery_codes;
DROP TRIGGER tell_nodes ON passkeys;
DROP TRIGGER tell_nodes ON identity_links;
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON authenticators REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON authenticators REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON authenticators REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON recovery_codes REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON recovery_codes REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON recovery_codes REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON passkeys REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON passkeys REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON passkeys REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON identity_links REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON identity_links REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON identity_links REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whose_factors();

-- Nodes note how often a passkey has signed: its count stands beside its key.
CREATE POLICY passkeys_counted ON passkeys FOR UPDATE TO daybreak_node USING (true) WITH CHECK (true);
GRANT UPDATE (key) ON passkeys TO daybreak_node;

-- Whoever belongs nowhere any more is removed with all that they sign in with: if they come back, they begin anew.
CREATE OR REPLACE FUNCTION spread_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    allowed text[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM memberships WHERE user_id = OLD.user_id AND organisation_id = OLD.organisation_id;
        IF EXISTS (SELECT FROM members WHERE user_id = OLD.user_id) THEN
            RETURN NULL;
        END IF;
        UPDATE users SET state = 'removed', password_hash = '', epoch = epoch + 1, password_set_at = NULL,
            must_change = false
        WHERE id = OLD.user_id;
        -- So are the links that set one.
        DELETE FROM user_tokens WHERE user_id = OLD.user_id;
        DELETE FROM authenticators WHERE user_id = OLD.user_id;
        DELETE FROM recovery_codes WHERE user_id = OLD.user_id;
        DELETE FROM passkeys WHERE user_id = OLD.user_id;
        DELETE FROM factor_resets WHERE user_id = OLD.user_id;
        DELETE FROM identity_links WHERE user_id = OLD.user_id;
        DELETE FROM identity_invites WHERE user_id = OLD.user_id;
        RETURN NULL;
    END IF;
    allowed := CASE NEW.state WHEN 'active' THEN NEW.permissions ELSE '{}' END;
    DELETE FROM memberships WHERE user_id = NEW.user_id AND organisation_id = NEW.organisation_id
        AND permission <> ALL (allowed);
    INSERT INTO memberships (user_id, organisation_id, permission)
    SELECT NEW.user_id, NEW.organisation_id, unnest(allowed) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
