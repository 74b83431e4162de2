-- Organisations, people, and the walls between tenants.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO daybreak_app, daybreak_node, daybreak_worker;

-- The organisations that the current transaction may see. An unset scope is an error, never "all".
CREATE FUNCTION app_scope() RETURNS bigint[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    scope text := current_setting('app.scope', true);
BEGIN
    IF scope IS NULL OR scope = '' THEN
        RAISE EXCEPTION 'app.scope is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN scope::bigint[];
END
$$;

-- The service instant of the current transaction; SQL never reads its own clock for decisions.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    instant text := current_setting('app.now', true);
BEGIN
    IF instant IS NULL OR instant = '' THEN
        RAISE EXCEPTION 'app.now is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN instant::timestamptz;
END
$$;

CREATE TABLE organisations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN
        ('school', 'secondary', 'authority', 'trust', 'provider', 'agency', 'staff')),
    name text NOT NULL,
    urn integer UNIQUE,
    laestab integer UNIQUE,
    la_code smallint,
    group_uid integer UNIQUE,
    phone text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    closed_on date,
    taken_over_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX organisations_authority ON organisations (la_code) WHERE kind = 'authority';

-- Trust membership, dated: results-day access is decided by the membership on that day.
CREATE TABLE trust_members (
    organisation_id bigint NOT NULL REFERENCES organisations,
    group_uid integer NOT NULL,
    joined_on date NOT NULL,
    left_on date,
    PRIMARY KEY (organisation_id, group_uid, joined_on)
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE CHECK (username = lower(username)),
    full_name text NOT NULL,
    job_title text NOT NULL DEFAULT '',
    password_hash text NOT NULL,
    -- A session whose epoch is older than this is over.
    epoch integer NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'removed'))
);

CREATE TABLE memberships (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    organisation_id bigint NOT NULL REFERENCES organisations,
    permission text NOT NULL,
    PRIMARY KEY (user_id, organisation_id, permission)
);
CREATE INDEX memberships_organisation ON memberships (organisation_id);

-- Pupils registered by a school for one year's tests.
CREATE TABLE pupils (
    organisation_id bigint NOT NULL REFERENCES organisations,
    year smallint NOT NULL,
    upn text NOT NULL,
    surname text NOT NULL,
    forename text NOT NULL,
    middle_names text NOT NULL,
    born_on date NOT NULL,
    sex text NOT NULL CHECK (sex IN ('M', 'F')),
    gps text NOT NULL,
    reading text NOT NULL,
    maths text NOT NULL,
    PRIMARY KEY (organisation_id, year, upn)
);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE pupils ENABLE ROW LEVEL SECURITY;
ALTER TABLE pupils FORCE ROW LEVEL SECURITY;

CREATE POLICY members_of_scope ON memberships FOR ALL TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope()))
    WITH CHECK (organisation_id = ANY (app_scope()));
CREATE POLICY users_of_scope ON users FOR SELECT TO daybreak_app, daybreak_worker
    USING (id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())));
CREATE POLICY pupils_of_scope ON pupils FOR ALL TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope()))
    WITH CHECK (organisation_id = ANY (app_scope()));
-- The directory snapshot: the policy names the role, no variable opens it.
CREATE POLICY directory_users ON users FOR SELECT TO daybreak_node USING (true);
CREATE POLICY directory_memberships ON memberships FOR SELECT TO daybreak_node USING (true);
-- The owner loads years and creates the first staff; forced security binds it too.
CREATE POLICY owner_users ON users FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY owner_memberships ON memberships FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);

GRANT SELECT ON organisations, trust_members TO daybreak_app, daybreak_node, daybreak_worker;
GRANT SELECT (id, username, full_name, password_hash, epoch, state) ON users TO daybreak_node;
GRANT SELECT ON memberships TO daybreak_node;
GRANT SELECT ON users, memberships TO daybreak_app, daybreak_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON pupils TO daybreak_app, daybreak_worker;

-- Every node reads its snapshot again when one of these changes.
CREATE FUNCTION tell_nodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('daybreak', TG_ARGV[0]);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON organisations
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON memberships
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('directory');
