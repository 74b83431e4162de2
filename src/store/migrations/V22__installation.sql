-- Whose database this is: a program that is configured for another portal leaves it alone.

CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Host name of the portal, as in server.origin of its nodes.
    host text NOT NULL
);
GRANT SELECT ON installation, refinery_schema_history TO daybreak_app, daybreak_node, daybreak_worker;
