-- Sessions that people see and end, second factors, and accounts of an identity service.

-- The person on whose behalf the current transaction runs. An unset one is an error, never "anybody".
CREATE FUNCTION app_person() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    person text := current_setting('app.person', true);
BEGIN
    IF person IS NULL OR person = '' THEN
        RAISE EXCEPTION 'app.person is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN person::bigint;
END
$$;

-- Every session that began, as the journals tell.
CREATE TABLE sessions (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    organisation_id bigint NOT NULL REFERENCES organisations,
    began_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    -- Browser and system, in words from a list.
    device text NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id, began_at);
CREATE INDEX sessions_began ON sessions (began_at);

-- A secret for codes of an app, sealed with a key that no database has.
CREATE TABLE authenticators (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secret bytea NOT NULL,
    made_at timestamptz NOT NULL
);
-- Codes for who has lost everything else, hashed with such a key.
CREATE TABLE recovery_codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    hash bytea NOT NULL,
    made_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX recovery_codes_user ON recovery_codes (user_id);
-- The public half of a passkey, as the library for it writes it.
CREATE TABLE passkeys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    credential bytea NOT NULL UNIQUE,
    name text NOT NULL,
    key jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id);
-- Codes that were used: each is good for one session, whichever node it is shown to.
CREATE TABLE codes_used (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    step bigint NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, step)
);
CREATE INDEX codes_used_at ON codes_used (at);
-- Somebody of the staff who has lost theirs: two others take it away.
CREATE TABLE factor_resets (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL
);
-- An account of the identity service of the sector that signs in as a user.
CREATE TABLE identity_links (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, user_id)
);
-- Users who may be linked to the account there with their email address, once.
CREATE TABLE identity_invites (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    invited_by text NOT NULL,
    invited_at timestamptz NOT NULL
);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE authenticators ENABLE ROW LEVEL SECURITY;
ALTER TABLE authenticators FORCE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkeys FORCE ROW LEVEL SECURITY;
ALTER TABLE codes_used ENABLE ROW LEVEL SECURITY;
ALTER TABLE codes_used FORCE ROW LEVEL SECURITY;
ALTER TABLE factor_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE factor_resets FORCE ROW LEVEL SECURITY;
ALTER TABLE identity_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_links FORCE ROW LEVEL SECURITY;
ALTER TABLE identity_invites ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_invites FORCE ROW LEVEL SECURITY;

-- People see and change what is their own.
CREATE POLICY sessions_of_person ON sessions FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY authenticators_of_person ON authenticators FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY recovery_codes_of_person ON recovery_codes FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY passkeys_of_person ON passkeys FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY codes_used_of_person ON codes_used FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY identity_links_of_person ON identity_links FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
CREATE POLICY identity_invites_of_person ON identity_invites FOR ALL TO daybreak_app
    USING (user_id = app_person()) WITH CHECK (user_id = app_person());
GRANT SELECT, DELETE ON identity_invites TO daybreak_app;
GRANT SELECT, UPDATE (ended_at) ON sessions TO daybreak_app;
GRANT SELECT, INSERT, DELETE ON authenticators, passkeys, recovery_codes, identity_links TO daybreak_app;
GRANT UPDATE (used_at) ON passkeys, recovery_codes TO daybreak_app;
GRANT SELECT, INSERT, DELETE ON codes_used TO daybreak_app;

-- Nodes ship what happened, and read what signing in needs.
CREATE POLICY sessions_shipped ON sessions FOR ALL TO daybreak_node USING (true) WITH CHECK (true);
CREATE POLICY authenticators_directory ON authenticators FOR SELECT TO daybreak_node USING (true);
CREATE POLICY recovery_codes_shipped ON recovery_codes FOR ALL TO daybreak_node
    USING (true) WITH CHECK (true);
CREATE POLICY passkeys_directory ON passkeys FOR SELECT TO daybreak_node USING (true);
CREATE POLICY codes_used_shipped ON codes_used FOR ALL TO daybreak_node USING (true) WITH CHECK (true);
CREATE POLICY identity_links_directory ON identity_links FOR SELECT TO daybreak_node USING (true);
GRANT SELECT, INSERT, UPDATE (seen_at, ended_at), DELETE ON sessions TO daybreak_node;
GRANT SELECT (user_id, secret) ON authenticators TO daybreak_node;
GRANT SELECT (id, user_id, hash, used_at), UPDATE (used_at) ON recovery_codes TO daybreak_node;
GRANT SELECT (id, user_id, name, key) ON passkeys TO daybreak_node;
GRANT SELECT, INSERT, UPDATE (session, at), DELETE ON codes_used TO daybreak_node;
GRANT SELECT (issuer, subject, user_id) ON identity_links TO daybreak_node;

-- The owner makes those of the demo, and takes them away with two people's word.
CREATE POLICY sessions_of_owner ON sessions FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY authenticators_of_owner ON authenticators FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY recovery_codes_of_owner ON recovery_codes FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY passkeys_of_owner ON passkeys FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY codes_used_of_owner ON codes_used FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY factor_resets_of_owner ON factor_resets FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY identity_invites_of_owner ON identity_invites FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY identity_links_of_owner ON identity_links FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);

CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON authenticators
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON recovery_codes
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
CREATE TRIGGER tell_nodes AFTER INSERT OR DELETE ON passkeys
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON identity_links
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
