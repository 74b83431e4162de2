-- Pages for staff. Which member of staff acts is set for one transaction; what they may then touch, policies say by
-- permission, so that a page with a mistake in it does no more than its reader may.
CREATE FUNCTION staff_may(wanted text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM users u
        JOIN memberships m ON m.user_id = u.id AND m.permission = ANY (wanted)
        JOIN organisations o ON o.id = m.organisation_id AND o.kind = 'staff'
        WHERE u.id = NULLIF(current_setting('app.staff', true), '')::bigint AND u.state = 'active')
$$;
REVOKE ALL ON FUNCTION staff_may(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION staff_may(text[]) TO daybreak_app;

-- The waiting room: queue operators.
ALTER TABLE waiting_room ENABLE ROW LEVEL SECURITY;
ALTER TABLE waiting_acts ENABLE ROW LEVEL SECURITY;
CREATE POLICY room_of_nodes ON waiting_room FOR SELECT TO daybreak_node USING (true);
CREATE POLICY room_of_operators ON waiting_room FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{queue_operator}'))) WITH CHECK ((SELECT staff_may('{queue_operator}')));
CREATE POLICY acts_of_operators ON waiting_acts FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{queue_operator}'))) WITH CHECK ((SELECT staff_may('{queue_operator}')));
CREATE POLICY morning_for_operators ON journal_entries FOR SELECT TO daybreak_app
    USING (kind IN ('signed_in', 'refused') AND (SELECT staff_may('{queue_operator}')));
CREATE POLICY served_for_operators ON organisations_served FOR SELECT TO daybreak_app
    USING ((SELECT staff_may('{queue_operator}')));
GRANT SELECT, UPDATE (version, mode, rate, message, admitted) ON waiting_room TO daybreak_app;
GRANT SELECT, INSERT, UPDATE (approved_by, approved_at) ON waiting_acts TO daybreak_app;
GRANT SELECT ON organisations_served, nodes TO daybreak_app;

-- Releases: release officers. The secret that makes their addresses stays with the owner.
ALTER TABLE holds ADD COLUMN reason text CHECK (char_length(reason) BETWEEN 1 AND 500);
ALTER TABLE releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE corrections ENABLE ROW LEVEL SECURITY;
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
CREATE POLICY releases_are_known ON releases FOR SELECT TO daybreak_app, daybreak_node, daybreak_worker
    USING (true);
CREATE POLICY releases_of_officers ON releases FOR UPDATE TO daybreak_app
    USING ((SELECT staff_may('{release_officer}'))) WITH CHECK ((SELECT staff_may('{release_officer}')));
CREATE POLICY corrections_of_nodes ON corrections FOR SELECT TO daybreak_node USING (true);
CREATE POLICY corrections_of_officers ON corrections FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{release_officer}'))) WITH CHECK ((SELECT staff_may('{release_officer}')));
CREATE POLICY holds_of_nodes ON holds FOR ALL TO daybreak_node USING (true) WITH CHECK (true);
CREATE POLICY holds_of_officers ON holds FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{release_officer}'))) WITH CHECK ((SELECT staff_may('{release_officer}')));
GRANT SELECT (manifest_digest, report, loaded_by, built_at, proposed_by, proposed_at, opens_school,
        opens_authority, opens_trust, opens_secondary, approved_by, approved_at),
    UPDATE (stage, proposed_by, proposed_at, left_out, opens_school, opens_authority, opens_trust,
        opens_secondary, approved_by, approved_at)
    ON releases TO daybreak_app;
GRANT SELECT, UPDATE (stage, proposed_by, proposed_at, approved_by, approved_at) ON corrections
    TO daybreak_app;
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at, reason) ON holds TO daybreak_app;

-- Accounts: the helpline and security administrators find one and let it in again. Release officers write to
-- everybody whom a correction concerns.
CREATE POLICY users_for_staff ON users FOR SELECT TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin,release_officer}')));
CREATE POLICY memberships_for_staff ON memberships FOR SELECT TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin,release_officer}')));
CREATE POLICY members_for_staff ON members FOR SELECT TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}')));
CREATE POLICY users_let_in ON users FOR UPDATE TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}')))
    WITH CHECK ((SELECT staff_may('{helpline,security_admin}')));
CREATE POLICY outbox_of_staff ON outbox FOR INSERT TO daybreak_app
    WITH CHECK ((SELECT staff_may('{helpline,security_admin,release_officer}')));
GRANT UPDATE (state) ON users TO daybreak_app;

-- A second factor is taken away by two of them, of whom one is a security administrator. They reach the factors of
-- nobody for whom it was not proposed.
CREATE POLICY factor_resets_of_staff ON factor_resets FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}')))
    WITH CHECK ((SELECT staff_may('{helpline,security_admin}')));
CREATE POLICY authenticators_reset ON authenticators FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}'))
        AND user_id IN (SELECT r.user_id FROM factor_resets r)) WITH CHECK (false);
CREATE POLICY recovery_codes_reset ON recovery_codes FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}'))
        AND user_id IN (SELECT r.user_id FROM factor_resets r)) WITH CHECK (false);
CREATE POLICY passkeys_reset ON passkeys FOR ALL TO daybreak_app
    USING ((SELECT staff_may('{helpline,security_admin}'))
        AND user_id IN (SELECT r.user_id FROM factor_resets r)) WITH CHECK (false);
GRANT SELECT, INSERT, UPDATE (proposed_by, proposed_at), DELETE ON factor_resets TO daybreak_app;

-- Staff accounts are looked after by security administrators; once there was one who has signed in, there is one.
CREATE OR REPLACE FUNCTION managing_permission(kind text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind
        WHEN 'school' THEN 'account_manager' WHEN 'secondary' THEN 'account_manager'
        WHEN 'authority' THEN 'account_manager' WHEN 'trust' THEN 'user' WHEN 'provider' THEN 'manager'
        WHEN 'staff' THEN 'security_admin'
    END
$$;
UPDATE organisation_people p SET managing = c.managing, managed = c.managing > 0
FROM (SELECT m.organisation_id, sum(n[5])::int AS managing
    FROM members m JOIN organisations o ON o.id = m.organisation_id AND o.kind = 'staff',
        member_counts(m, o.kind) AS n
    GROUP BY m.organisation_id) AS c
WHERE p.organisation_id = c.organisation_id;

-- Nobody loads and releases the same data, whoever grants it and wherever they hold it. Somebody who holds both from
-- before keeps both until their permissions change.
CREATE FUNCTION keep_duties_apart() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF ARRAY(SELECT unnest(m.permissions) FROM members m WHERE m.user_id = NEW.user_id)
        @> ARRAY['data_operator', 'release_officer']
    THEN
        RAISE EXCEPTION 'nobody may both load data and release it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'members_duties_apart';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER c_keep_duties_apart AFTER INSERT OR UPDATE OF permissions ON members
    FOR EACH ROW WHEN (NEW.permissions && ARRAY['data_operator', 'release_officer'])
    EXECUTE FUNCTION keep_duties_apart();
