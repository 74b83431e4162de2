-- Releases, their control by two people, key rings, nodes, journals and the audit.
CREATE TABLE releases (
    id text PRIMARY KEY,
    year smallint NOT NULL,
    -- SHA-256 of the delivery's manifest: the same delivery goes on where its build stopped.
    delivery_digest bytea NOT NULL UNIQUE,
    -- Makes object keys and script references of this release; never leaves the build.
    reference_key bytea NOT NULL,
    stage text NOT NULL DEFAULT 'building' CHECK (stage IN ('building', 'built', 'proposed', 'approved')),
    manifest_digest bytea,
    -- The report of the build: counts, missing scripts, problems.
    report jsonb,
    loaded_by text NOT NULL,
    built_at timestamptz,
    proposed_by text,
    proposed_at timestamptz,
    left_out integer[] NOT NULL DEFAULT '{}',
    opens_school timestamptz,
    opens_authority timestamptz,
    opens_trust timestamptz,
    opens_secondary timestamptz,
    approved_by text,
    approved_at timestamptz,
    CHECK (stage <> 'approved' OR (approved_by IS NOT NULL AND approved_by <> proposed_by
        AND approved_by <> loaded_by AND opens_school IS NOT NULL))
);

CREATE TABLE holds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    release_id text NOT NULL REFERENCES releases,
    -- NULL holds everything.
    laestab integer,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_by text,
    lifted_at timestamptz
);
CREATE UNIQUE INDEX holds_standing ON holds (release_id, COALESCE(laestab, 0)) WHERE lifted_at IS NULL;

CREATE TABLE key_rings (
    purpose text NOT NULL,
    id smallint NOT NULL,
    secret bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (purpose, id)
);

-- Sessions ended before their time; a row may go once the session could not live any more.
CREATE TABLE revocations (
    session bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE TABLE nodes (
    id text PRIMARY KEY,
    seen_at timestamptz NOT NULL,
    readiness jsonb NOT NULL
);

-- One row a journal file: how far it has been shipped.
CREATE TABLE journals (
    id bytea PRIMARY KEY,
    node text NOT NULL,
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL
);
CREATE TABLE journal_entries (
    journal bytea NOT NULL REFERENCES journals,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    user_id bigint,
    organisation_id bigint,
    -- The record as it was written; the hash chain runs over these bytes.
    record bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (journal, seq)
);
CREATE INDEX journal_entries_organisation ON journal_entries (organisation_id, at);

-- Acts of staff and of commands, in one chain.
CREATE TABLE audit (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    hash bytea NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE journal_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY journal_of_scope ON journal_entries FOR SELECT TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope()));
CREATE POLICY journal_of_nodes ON journal_entries FOR ALL TO daybreak_node USING (true) WITH CHECK (true);
CREATE POLICY journal_for_the_verifier ON journal_entries FOR SELECT TO daybreak_owner USING (true);

GRANT SELECT ON releases, holds, key_rings, revocations, nodes, journals TO daybreak_node;
GRANT INSERT ON key_rings, revocations, nodes, journals, holds, audit TO daybreak_node;
GRANT UPDATE ON nodes, journals, holds TO daybreak_node;
GRANT DELETE ON revocations TO daybreak_node;
GRANT SELECT, INSERT ON journal_entries TO daybreak_node;
GRANT SELECT ON audit TO daybreak_node;
GRANT SELECT (id, year, stage) ON releases TO daybreak_app, daybreak_worker;
GRANT SELECT ON journal_entries TO daybreak_app, daybreak_worker;

CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON releases
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('plan');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON holds
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('plan');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON key_rings
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('keys');
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON revocations
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('revocations');
