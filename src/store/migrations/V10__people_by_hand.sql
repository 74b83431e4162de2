-- What each node had and gave back of people to be let in by hand: an answer that came too late loses nobody.
ALTER TABLE waiting_nodes
    -- Number of its process, people granted to it, people it gave back; totals since that process began.
    ADD COLUMN by_hand bigint[] NOT NULL DEFAULT '{}';
