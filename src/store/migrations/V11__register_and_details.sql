-- Taking over the national register, and contact details that organisations keep themselves.
ALTER TABLE organisations
    ADD COLUMN nature text NOT NULL DEFAULT '',
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN contact_changed_at timestamptz;

-- Numbers that a school had before: the row goes on, with its people, pupils and history.
CREATE TABLE organisation_numbers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id bigint NOT NULL REFERENCES organisations,
    urn integer,
    laestab integer,
    until date NOT NULL
);
CREATE INDEX organisation_numbers_laestab ON organisation_numbers (laestab);
CREATE INDEX organisation_numbers_organisation ON organisation_numbers (organisation_id);

-- Names and numbers are public. What an organisation says of itself is changed by its own people only.
ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE POLICY organisations_are_public ON organisations FOR SELECT
    TO daybreak_app, daybreak_node, daybreak_worker USING (true);
CREATE POLICY organisations_of_scope ON organisations FOR UPDATE TO daybreak_app
    USING (id = ANY (app_scope()))
    WITH CHECK (id = ANY (app_scope()));
CREATE POLICY organisations_taken_over ON organisations FOR ALL TO daybreak_worker
    USING (true) WITH CHECK (true);
CREATE POLICY organisations_of_owner ON organisations FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
GRANT UPDATE (phone, email, contact_changed_at) ON organisations TO daybreak_app;
GRANT INSERT, UPDATE ON organisations TO daybreak_worker;

ALTER TABLE organisation_numbers ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_numbers FORCE ROW LEVEL SECURITY;
CREATE POLICY numbers_are_public ON organisation_numbers FOR SELECT
    TO daybreak_app, daybreak_node, daybreak_worker USING (true);
CREATE POLICY numbers_taken_over ON organisation_numbers FOR INSERT TO daybreak_worker WITH CHECK (true);
CREATE POLICY numbers_of_owner ON organisation_numbers FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
GRANT SELECT ON organisation_numbers TO daybreak_app, daybreak_node, daybreak_worker;
GRANT INSERT ON organisation_numbers TO daybreak_worker;
GRANT INSERT, UPDATE ON trust_members TO daybreak_worker;

-- Who appends to the audit reads its last link, and nothing else of it.
GRANT SELECT (seq, hash), INSERT ON audit TO daybreak_app, daybreak_worker;

-- Extracts that the nightly job found, and what became of each.
CREATE TABLE gias_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    extract_on date NOT NULL,
    -- Of all its files together: what is approved is what was looked at.
    digest bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('applied', 'held', 'refused', 'dropped')),
    at timestamptz NOT NULL,
    -- Counts by kind, names of the first changes of each, and why it is held.
    report jsonb NOT NULL,
    decided_by text,
    decided_at timestamptz,
    UNIQUE (extract_on, digest)
);
GRANT SELECT, INSERT, UPDATE ON gias_runs TO daybreak_worker;
GRANT SELECT ON gias_runs TO daybreak_node;

-- Work that one node does for all of them.
CREATE TABLE leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    until timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON leases TO daybreak_worker;
