-- What operators set of the waiting room, for every node, and who did it.
CREATE TABLE waiting_room (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    -- Rises with every act: a node that has seen it has nothing to do.
    version bigint NOT NULL DEFAULT 0,
    mode text NOT NULL DEFAULT 'open' CHECK (mode IN ('open', 'paused', 'closed')),
    -- Sign-ins a second over all nodes; NULL is what the configuration says.
    rate double precision CHECK (rate > 0),
    message text CHECK (octet_length(message) BETWEEN 1 AND 500),
    -- People let in by hand so far: nodes let in what it has risen by.
    admitted bigint NOT NULL DEFAULT 0
);
INSERT INTO waiting_room DEFAULT VALUES;

-- One person acts at once; another one approves afterwards.
CREATE TABLE waiting_acts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act text NOT NULL,
    detail text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    CHECK (approved_by IS NULL OR approved_by <> actor)
);

GRANT SELECT ON waiting_room TO daybreak_node;
CREATE TRIGGER tell_nodes AFTER UPDATE ON waiting_room
    FOR EACH STATEMENT EXECUTE FUNCTION tell_nodes('waiting');
