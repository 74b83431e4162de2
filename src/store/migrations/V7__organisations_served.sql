-- Which organisations have had a page or file of a release whole, and when first: told by the journals of all
-- nodes. A journal may name a release that is gone, so that nothing here refers to another table.
CREATE TABLE organisations_served (
    release_id text NOT NULL,
    organisation_id bigint NOT NULL,
    first_at timestamptz NOT NULL,
    PRIMARY KEY (release_id, organisation_id)
);

ALTER TABLE organisations_served ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations_served FORCE ROW LEVEL SECURITY;
CREATE POLICY served_of_nodes ON organisations_served FOR ALL TO daybreak_node
    USING (true) WITH CHECK (true);
CREATE POLICY served_for_reports ON organisations_served FOR SELECT TO daybreak_owner USING (true);
GRANT SELECT, INSERT, UPDATE ON organisations_served TO daybreak_node;
