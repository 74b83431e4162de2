-- The waiting room over several nodes: what they share, and which places were used to sign in.

-- One row a queue, since every exchange reads and writes all of it. Arrays go by lane.
CREATE TABLE waiting_queues (
    event bigint NOT NULL,
    epoch integer NOT NULL,
    -- The queue's own time, in milliseconds that the nodes' steady clocks count. No wall clock has a part in it.
    time_ms bigint NOT NULL DEFAULT 0,
    -- No number from here on was given to any node.
    next_seq bigint[] NOT NULL,
    -- Everybody below was called.
    serving bigint[] NOT NULL,
    -- Stretches with few numbers, four values each: lane, first number, end, people in every 256.
    gaps bigint[] NOT NULL DEFAULT '{}',
    -- The bucket: sign-ins a second over all nodes, and what was earned.
    rate double precision NOT NULL DEFAULT 0,
    tokens double precision NOT NULL DEFAULT 0,
    -- Who moves the cursor; fence rises with each change.
    leader text,
    fence bigint NOT NULL DEFAULT 0,
    alone boolean NOT NULL DEFAULT false,
    crowded boolean NOT NULL DEFAULT false,
    -- People to be let in by hand whom no node has taken over, and how much of waiting_room.admitted is counted.
    credits bigint NOT NULL DEFAULT 0,
    admitted bigint NOT NULL,
    PRIMARY KEY (event, epoch)
) WITH (fillfactor = 10);

CREATE TABLE waiting_nodes (
    event bigint NOT NULL,
    epoch integer NOT NULL,
    node text NOT NULL,
    slot smallint NOT NULL,
    -- In the queue's time.
    seen_ms bigint NOT NULL,
    gone boolean NOT NULL,
    capacity double precision NOT NULL,
    -- Whom it knows to be there: for each lane the first number, a count, and bits.
    presence bigint[] NOT NULL,
    PRIMARY KEY (event, epoch, node),
    FOREIGN KEY (event, epoch) REFERENCES waiting_queues
) WITH (fillfactor = 10);

-- Places with which somebody signed in: one session each.
CREATE TABLE waiting_redeemed (
    event bigint NOT NULL,
    epoch integer NOT NULL,
    lane smallint NOT NULL,
    seq bigint NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (event, epoch, lane, seq)
);
CREATE INDEX waiting_redeemed_at ON waiting_redeemed (at);

GRANT SELECT, INSERT, UPDATE ON waiting_queues TO daybreak_node;
GRANT SELECT, INSERT, UPDATE, DELETE ON waiting_nodes, waiting_redeemed TO daybreak_node;
