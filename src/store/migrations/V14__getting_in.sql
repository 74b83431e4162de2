-- Getting in: links that are good once, the age of passwords, and requests for an account.
-- Somebody who is invited has an empty hash, which no password fits, until they have set up their account.
ALTER TABLE users
    -- Not known of passwords from before: their age counts from the first look at them.
    ADD COLUMN password_set_at timestamptz,
    -- Somebody else has set it: its owner sets another one as soon as they have signed in.
    ADD COLUMN must_change boolean NOT NULL DEFAULT false;
GRANT SELECT (password_set_at, must_change) ON users TO daybreak_node;
CREATE POLICY users_set_passwords ON users FOR UPDATE TO daybreak_app
    USING (id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())))
    WITH CHECK (id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())));
GRANT UPDATE (password_hash, epoch, password_set_at, must_change) ON users TO daybreak_app;
GRANT UPDATE (password_set_at) ON users TO daybreak_worker;

-- Links that set a password. Only their digests are kept.
CREATE TABLE user_tokens (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('set_up', 'reset')),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Used, or replaced by a newer one.
    spent_at timestamptz
);
CREATE INDEX user_tokens_user ON user_tokens (user_id);
CREATE INDEX user_tokens_expired ON user_tokens (expires_at);
ALTER TABLE user_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY user_tokens_of_owner ON user_tokens FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY user_tokens_of_scope ON user_tokens FOR ALL TO daybreak_app
    USING (user_id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())))
    WITH CHECK (user_id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())));
-- A job issues them under a scope, and removes those of which nothing can come any more under none.
CREATE POLICY user_tokens_seen ON user_tokens FOR SELECT TO daybreak_worker USING (true);
CREATE POLICY user_tokens_issued ON user_tokens FOR INSERT TO daybreak_worker
    WITH CHECK (user_id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())));
CREATE POLICY user_tokens_replaced ON user_tokens FOR UPDATE TO daybreak_worker
    USING (user_id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())))
    WITH CHECK (user_id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())));
CREATE POLICY user_tokens_removed ON user_tokens FOR DELETE TO daybreak_worker
    USING (expires_at < app_now() - interval '30 days');
GRANT SELECT, INSERT, UPDATE (spent_at) ON user_tokens TO daybreak_app, daybreak_worker;
GRANT DELETE ON user_tokens TO daybreak_worker;

-- Whose a link is: who shows it is not signed in, so no scope is known yet. The digest is what opens it.
CREATE FUNCTION token_holder(wanted bytea) RETURNS TABLE (
    user_id bigint, purpose text, expires_at timestamptz, spent_at timestamptz, username text, full_name text,
    is_set_up boolean, organisations bigint[], names text[]
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.user_id, t.purpose, t.expires_at, t.spent_at, u.username, u.full_name, u.password_hash <> '',
        ARRAY(SELECT DISTINCT m.organisation_id FROM memberships m WHERE m.user_id = t.user_id ORDER BY 1),
        ARRAY(SELECT DISTINCT o.name FROM memberships m JOIN organisations o ON o.id = m.organisation_id
            WHERE m.user_id = t.user_id ORDER BY 1)
    FROM user_tokens t JOIN users u ON u.id = t.user_id WHERE t.digest = wanted AND u.state = 'active'
$$;
REVOKE ALL ON FUNCTION token_holder(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION token_holder(bytea) TO daybreak_app;

-- People without an account who ask for one.
CREATE TABLE access_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id bigint NOT NULL REFERENCES organisations,
    full_name text NOT NULL,
    email text NOT NULL,
    job_title text NOT NULL,
    requested_at timestamptz NOT NULL,
    -- When a job has looked at it, and how many account managers it wrote to: none is a case for the helpline.
    told_at timestamptz,
    managers integer NOT NULL DEFAULT 0,
    closed_at timestamptz,
    closed_by text,
    outcome text NOT NULL DEFAULT ''
);
CREATE INDEX access_requests_new ON access_requests (id) WHERE told_at IS NULL;
CREATE INDEX access_requests_organisation ON access_requests (organisation_id, requested_at);
ALTER TABLE access_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY access_requests_of_owner ON access_requests FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
-- A page writes one and reads none.
CREATE POLICY access_requests_made ON access_requests FOR INSERT TO daybreak_app
    WITH CHECK (organisation_id = ANY (app_scope()));
CREATE POLICY access_requests_of_scope ON access_requests FOR ALL TO daybreak_worker
    USING (organisation_id = ANY (app_scope()))
    WITH CHECK (organisation_id = ANY (app_scope()));
-- A node sees whose turn it is.
CREATE POLICY access_requests_waiting ON access_requests FOR SELECT TO daybreak_node USING (true);
GRANT INSERT ON access_requests TO daybreak_app;
GRANT SELECT, UPDATE (told_at, managers) ON access_requests TO daybreak_worker;
GRANT SELECT (id, organisation_id, told_at) ON access_requests TO daybreak_node;
