-- Who belongs to an organisation: with a name, a state and dates in it. What a member may do at present stays in
-- memberships, which the version before reads: a suspended member has no rows there.
CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id bigint NOT NULL REFERENCES organisations,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    permissions text[] NOT NULL CHECK (cardinality(permissions) > 0),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'dormant')),
    -- As this organisation knows them; another one may know them otherwise.
    first_name text NOT NULL DEFAULT '',
    last_name text NOT NULL DEFAULT '',
    job_title text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    -- Of somebody who stands in for a while.
    begins_at timestamptz,
    ends_at timestamptz,
    -- The form that made it: sent twice, it makes one.
    submission bytea UNIQUE,
    added_at timestamptz,
    invited_at timestamptz,
    -- Last sign-in for this organisation.
    used_at timestamptz,
    -- Without a sign-in, dormancy is counted from here.
    awake_at timestamptz,
    warned_at timestamptz,
    UNIQUE (organisation_id, user_id),
    CHECK ((begins_at IS NULL) = (ends_at IS NULL) AND begins_at < ends_at),
    CONSTRAINT members_cover_permissions CHECK (ends_at IS NULL OR permissions = ARRAY['user'])
);
CREATE INDEX members_user ON members (user_id);
CREATE INDEX members_cover ON members (organisation_id) WHERE ends_at IS NOT NULL;

-- How many there are, one row an organisation: its lock puts changes in a line, its checks hold the limits.
CREATE TABLE organisation_people (
    organisation_id bigint PRIMARY KEY REFERENCES organisations,
    -- Limits; none for authorities, trusts and others.
    users_max integer,
    managers_max integer,
    access_max integer,
    cover_max integer,
    users integer NOT NULL DEFAULT 0,
    managers integer NOT NULL DEFAULT 0,
    access integer NOT NULL DEFAULT 0,
    cover integer NOT NULL DEFAULT 0,
    -- Those who look after its users and have signed in; once there was one, there is one.
    managing integer NOT NULL DEFAULT 0,
    managed boolean NOT NULL DEFAULT false,
    CONSTRAINT people_users_max CHECK (users <= users_max),
    CONSTRAINT people_managers_max CHECK (managers <= managers_max),
    CONSTRAINT people_access_max CHECK (access <= access_max),
    CONSTRAINT people_cover_max CHECK (cover <= cover_max),
    CONSTRAINT people_managing CHECK (managing >= 1 OR NOT managed)
);

-- Which permission looks after the users of a kind of organisation.
CREATE FUNCTION managing_permission(kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind
        WHEN 'school' THEN 'account_manager' WHEN 'secondary' THEN 'account_manager'
        WHEN 'authority' THEN 'account_manager' WHEN 'trust' THEN 'user' WHEN 'provider' THEN 'manager'
    END
$$;

-- What one member counts for: users, managers, access arrangements, cover, those who manage.
CREATE FUNCTION member_counts(m members, kind text) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN m.id IS NULL THEN ARRAY[0, 0, 0, 0, 0] ELSE ARRAY[
        (m.ends_at IS NULL)::int,
        ('account_manager' = ANY (m.permissions))::int,
        ('access_arrangements' = ANY (m.permissions))::int,
        (m.ends_at IS NOT NULL)::int,
        COALESCE(m.state = 'active' AND m.ends_at IS NULL AND m.used_at IS NOT NULL
            AND managing_permission(kind) = ANY (m.permissions), false)::int
    ] END
$$;

-- The row of an organisation, locked. An organisation that has more than its limit keeps what it has.
CREATE FUNCTION open_people(organisation bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM organisation_people WHERE organisation_id = organisation FOR UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO organisation_people (organisation_id, users_max, managers_max, access_max, cover_max)
    SELECT id, 7, 3, 3, 1 FROM organisations WHERE id = organisation AND kind IN ('school', 'secondary')
    UNION ALL
    SELECT id, NULL, NULL, NULL, 0 FROM organisations
        WHERE id = organisation AND kind NOT IN ('school', 'secondary')
    ON CONFLICT DO NOTHING;
    PERFORM FROM organisation_people WHERE organisation_id = organisation FOR UPDATE;
END
$$;

-- For the program: takes the lock before anything is looked at, so that everybody waits at one place.
CREATE FUNCTION lock_people(organisation bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT organisation = ANY (app_scope()) THEN
        RAISE EXCEPTION 'organisation % is not in app.scope', organisation
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM open_people(organisation);
END
$$;

-- Keeps the counts; the checks refuse what must not be.
CREATE FUNCTION count_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    organisation bigint;
    kind text;
    before members;
    after members;
    gone integer[];
    come integer[];
BEGIN
    IF TG_OP <> 'INSERT' THEN before := OLD; organisation := OLD.organisation_id; END IF;
    IF TG_OP <> 'DELETE' THEN after := NEW; organisation := NEW.organisation_id; END IF;
    SELECT o.kind INTO kind FROM organisations o WHERE o.id = organisation;
    gone := member_counts(before, kind);
    come := member_counts(after, kind);
    IF gone = come THEN
        RETURN NULL;
    END IF;
    PERFORM open_people(organisation);
    UPDATE organisation_people SET
        users = users + come[1] - gone[1], managers = managers + come[2] - gone[2],
        access = access + come[3] - gone[3], cover = cover + come[4] - gone[4],
        managing = managing + come[5] - gone[5], managed = managed OR managing + come[5] - gone[5] > 0
    WHERE organisation_id = organisation;
    RETURN NULL;
END
$$;

-- What a member may do at present. Whoever belongs nowhere any more is removed, with password and sessions.
CREATE FUNCTION spread_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    allowed text[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM memberships WHERE user_id = OLD.user_id AND organisation_id = OLD.organisation_id;
        UPDATE users SET state = 'removed', password_hash = '', epoch = epoch + 1, password_set_at = NULL,
            must_change = false
        WHERE id = OLD.user_id AND NOT EXISTS (SELECT FROM members WHERE user_id = OLD.user_id);
        -- So are the links that set one.
        DELETE FROM user_tokens t WHERE t.user_id = OLD.user_id
            AND NOT EXISTS (SELECT FROM members WHERE user_id = OLD.user_id);
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

-- The version before, and loading, know memberships alone: what they write there is a member as well.
CREATE FUNCTION gather_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO members (organisation_id, user_id, permissions, first_name, last_name, job_title, added_at)
        SELECT NEW.organisation_id, NEW.user_id, ARRAY[NEW.permission], split_part(full_name, ' ', 1),
            ltrim(substr(full_name, length(split_part(full_name, ' ', 1)) + 1)), job_title,
            NULLIF(current_setting('app.now', true), '')::timestamptz
        FROM users WHERE id = NEW.user_id
        ON CONFLICT (organisation_id, user_id) DO UPDATE
            SET permissions = members.permissions || excluded.permissions
            WHERE NOT members.permissions @> excluded.permissions;
        RETURN NULL;
    END IF;
    DELETE FROM members WHERE organisation_id = OLD.organisation_id AND user_id = OLD.user_id
        AND state = 'active' AND permissions = ARRAY[OLD.permission];
    UPDATE members SET permissions = array_remove(permissions, OLD.permission)
    WHERE organisation_id = OLD.organisation_id AND user_id = OLD.user_id
        AND state = 'active' AND permissions @> ARRAY[OLD.permission];
    RETURN NULL;
END
$$;

-- The person of an address: found, made, or taken back. Who it was before is told to nobody.
CREATE FUNCTION person_at(address text, called text, OUT id bigint, OUT is_set_up boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO users AS u (username, full_name, password_hash) VALUES (address, called, '')
    ON CONFLICT (username) DO UPDATE SET
        full_name = CASE u.state WHEN 'removed' THEN excluded.full_name ELSE u.full_name END,
        state = CASE u.state WHEN 'removed' THEN 'active' ELSE u.state END
    -- Somebody who may not sign in at all has nothing to set up.
    RETURNING u.id, u.password_hash <> '' OR u.state <> 'active' INTO person_at.id, person_at.is_set_up;
END
$$;

-- A new name for somebody whom no other organisation knows.
CREATE FUNCTION call_person(person bigint, called text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE users SET full_name = called WHERE id = person AND full_name <> called
        AND EXISTS (SELECT FROM members m WHERE m.user_id = person AND m.organisation_id = ANY (app_scope()))
        AND NOT EXISTS (SELECT FROM members m
            WHERE m.user_id = person AND m.organisation_id <> ALL (app_scope()))
$$;

-- Who confirmed that the users of an organisation are the right ones, term by term.
CREATE TABLE user_reviews (
    organisation_id bigint NOT NULL REFERENCES organisations,
    term date NOT NULL,
    confirmed_at timestamptz NOT NULL,
    confirmed_by text NOT NULL,
    kept integer NOT NULL,
    removed integer NOT NULL,
    PRIMARY KEY (organisation_id, term)
);
-- Passes over all organisations that are done.
CREATE TABLE user_passes (
    name text PRIMARY KEY,
    done_at timestamptz NOT NULL
);

CREATE POLICY owner_members ON members FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY members_of_scope ON members FOR ALL TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope())) WITH CHECK (organisation_id = ANY (app_scope()));
CREATE POLICY members_of_nodes ON members FOR SELECT TO daybreak_node USING (true);
CREATE POLICY members_used ON members FOR UPDATE TO daybreak_node USING (true) WITH CHECK (true);
CREATE POLICY owner_people ON organisation_people FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY people_of_scope ON organisation_people FOR SELECT TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope()));
CREATE POLICY owner_reviews ON user_reviews FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY reviews_of_scope ON user_reviews FOR ALL TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope())) WITH CHECK (organisation_id = ANY (app_scope()));
-- A suspended user has no memberships and is still one of the organisation's.
CREATE POLICY users_who_are_members ON users FOR SELECT TO daybreak_app, daybreak_worker
    USING (id IN (SELECT user_id FROM members WHERE organisation_id = ANY (app_scope())));
CREATE POLICY members_bounced ON users FOR UPDATE TO daybreak_worker
    USING (id IN (SELECT user_id FROM members WHERE organisation_id = ANY (app_scope())))
    WITH CHECK (id IN (SELECT user_id FROM members WHERE organisation_id = ANY (app_scope())));

-- Everybody who is there already. With no instant of its own, this counts from the last taking over of the register.
INSERT INTO members (organisation_id, user_id, permissions, first_name, last_name, job_title, added_at)
SELECT m.organisation_id, u.id, array_agg(m.permission ORDER BY m.permission), split_part(u.full_name, ' ', 1),
    ltrim(substr(u.full_name, length(split_part(u.full_name, ' ', 1)) + 1)), u.job_title,
    (SELECT max(taken_over_at) FROM organisations)
FROM memberships m JOIN users u ON u.id = m.user_id GROUP BY m.organisation_id, u.id;
UPDATE members m SET used_at = s.at
FROM (SELECT user_id, organisation_id, max(at) AS at FROM journal_entries WHERE kind = 'signed_in'
    GROUP BY user_id, organisation_id) AS s
WHERE s.user_id = m.user_id AND s.organisation_id = m.organisation_id;
INSERT INTO organisation_people (organisation_id, users_max, managers_max, access_max, cover_max,
    users, managers, access, managing, managed)
SELECT o.id, greatest(7, c.users), greatest(3, c.managers), greatest(3, c.access), 1,
    c.users, c.managers, c.access, c.managing, c.managing > 0
FROM organisations o JOIN (
    SELECT m.organisation_id AS id, sum(n[1])::int AS users, sum(n[2])::int AS managers,
        sum(n[3])::int AS access, sum(n[5])::int AS managing
    FROM members m JOIN organisations o ON o.id = m.organisation_id, member_counts(m, o.kind) AS n
    GROUP BY m.organisation_id) AS c USING (id)
WHERE o.kind IN ('school', 'secondary')
UNION ALL
SELECT o.id, NULL, NULL, NULL, 0, c.users, c.managers, c.access, c.managing, c.managing > 0
FROM organisations o JOIN (
    SELECT m.organisation_id AS id, sum(n[1])::int AS users, sum(n[2])::int AS managers,
        sum(n[3])::int AS access, sum(n[5])::int AS managing
    FROM members m JOIN organisations o ON o.id = m.organisation_id, member_counts(m, o.kind) AS n
    GROUP BY m.organisation_id) AS c USING (id)
WHERE o.kind NOT IN ('school', 'secondary');

CREATE TRIGGER a_count_people AFTER INSERT OR DELETE OR UPDATE OF permissions, state, ends_at ON members
    FOR EACH ROW EXECUTE FUNCTION count_people();
CREATE TRIGGER a_count_first_use AFTER UPDATE OF used_at ON members
    FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL) EXECUTE FUNCTION count_people();
CREATE TRIGGER b_spread_members AFTER INSERT OR DELETE OR UPDATE OF permissions, state ON members
    FOR EACH ROW EXECUTE FUNCTION spread_members();
CREATE TRIGGER gather_members AFTER INSERT OR DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION gather_members();

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
ALTER TABLE organisation_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_people FORCE ROW LEVEL SECURITY;
ALTER TABLE user_reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_reviews FORCE ROW LEVEL SECURITY;

GRANT SELECT, DELETE ON members TO daybreak_app, daybreak_worker;
GRANT INSERT (organisation_id, user_id, permissions, first_name, last_name, job_title, phone, begins_at, ends_at,
    submission, added_at, invited_at) ON members TO daybreak_app;
GRANT UPDATE (permissions, state, first_name, last_name, job_title, phone, invited_at, used_at, awake_at, warned_at)
    ON members TO daybreak_app;
GRANT UPDATE (state, added_at, warned_at) ON members TO daybreak_worker;
GRANT SELECT (organisation_id, user_id, begins_at, ends_at, used_at), UPDATE (used_at) ON members TO daybreak_node;
GRANT SELECT ON organisation_people TO daybreak_app, daybreak_worker;
GRANT SELECT, INSERT ON user_reviews TO daybreak_app;
GRANT SELECT ON user_reviews TO daybreak_worker;
GRANT SELECT, INSERT ON user_passes TO daybreak_worker;
-- An organisation is told of its own messages that came back.
GRANT SELECT (organisation_id, recipient, state) ON outbox TO daybreak_app;
REVOKE EXECUTE ON FUNCTION open_people(bigint), lock_people(bigint), person_at(text, text),
    call_person(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_people(bigint) TO daybreak_app, daybreak_worker;
GRANT EXECUTE ON FUNCTION person_at(text, text), call_person(bigint, text) TO daybreak_app;

-- Nodes are told whose rows changed, and read those alone; the version before reads all of them.
CREATE FUNCTION tell_nodes_whom() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text;
    people bigint;
BEGIN
    IF TG_TABLE_NAME = 'users' THEN
        SELECT string_agg(id::text, ' '), count(*) INTO ids, people FROM changed;
    ELSE
        SELECT string_agg(DISTINCT user_id::text, ' '), count(DISTINCT user_id) INTO ids, people FROM changed;
    END IF;
    IF people > 0 THEN
        -- A payload has 8,000 bytes at the most, an id 20.
        PERFORM pg_notify('daybreak', CASE WHEN people > 100 THEN 'directory' ELSE 'directory ' || ids END);
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER tell_nodes ON users;
DROP TRIGGER tell_nodes ON memberships;
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON users REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whom();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON users REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whom();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON users REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whom();
CREATE TRIGGER tell_nodes_of_new AFTER INSERT ON memberships REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whom();
CREATE TRIGGER tell_nodes_of_changed AFTER UPDATE ON memberships REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whom();
CREATE TRIGGER tell_nodes_of_old AFTER DELETE ON memberships REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes_whom();
