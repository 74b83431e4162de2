-- Corrections of a release, agreed by two people like the release itself, and the messages that follow.
CREATE TABLE corrections (
    release_id text NOT NULL REFERENCES releases,
    revision integer NOT NULL CHECK (revision > 1),
    -- What it was built on: it may only replace that.
    base_revision integer NOT NULL CHECK (base_revision BETWEEN 1 AND revision - 1),
    delivery_digest bytea NOT NULL,
    schools integer[] NOT NULL CHECK (cardinality(schools) > 0),
    reason text NOT NULL CHECK (reason <> ''),
    stage text NOT NULL DEFAULT 'building' CHECK (stage IN ('building', 'built', 'proposed', 'approved')),
    manifest_digest bytea,
    -- What changed, by school and pupil number; no names.
    report jsonb,
    loaded_by text NOT NULL,
    built_at timestamptz,
    proposed_by text,
    proposed_at timestamptz,
    approved_by text,
    approved_at timestamptz,
    PRIMARY KEY (release_id, revision),
    -- The same order goes on where its build stopped.
    UNIQUE (release_id, base_revision, delivery_digest, schools),
    CHECK (stage = 'building' OR manifest_digest IS NOT NULL),
    CHECK (stage <> 'approved' OR (approved_by IS NOT NULL AND approved_by <> proposed_by
        AND approved_by <> loaded_by))
);
-- One successor each: a second correction of the same revision was built on what is not served any more.
CREATE UNIQUE INDEX corrections_in_line ON corrections (release_id, base_revision)
    WHERE stage = 'approved';

GRANT SELECT (release_id, revision, stage, manifest_digest, approved_at) ON corrections TO daybreak_node;
CREATE TRIGGER tell_nodes AFTER INSERT OR UPDATE OR DELETE ON corrections
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('plan');

-- Messages to be sent, written by the transaction that makes them necessary.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Why: nobody gets two messages for the same cause.
    cause text NOT NULL,
    recipient text NOT NULL,
    organisation_id bigint NOT NULL REFERENCES organisations,
    template text NOT NULL,
    content jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed')),
    queued_at timestamptz NOT NULL,
    UNIQUE (cause, recipient)
);
CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_of_owner ON outbox FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY outbox_of_scope ON outbox FOR ALL TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope()))
    WITH CHECK (organisation_id = ANY (app_scope()));
-- A node counts them for its metrics and sees nothing else of them.
CREATE POLICY outbox_counted ON outbox FOR SELECT TO daybreak_node USING (true);
GRANT SELECT (state) ON outbox TO daybreak_node;
GRANT INSERT ON outbox TO daybreak_app, daybreak_worker;
GRANT SELECT, UPDATE ON outbox TO daybreak_worker;
