-- Who is called longest comes in first, whichever node they meet: tokens are kept for numbers.
ALTER TABLE waiting_queues
    -- Lane, number, until when in the queue's time, whether used; again and again.
    ADD COLUMN kept bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE waiting_nodes
    -- Lane and number of each who found no token at this node.
    ADD COLUMN at_the_door bigint[] NOT NULL DEFAULT '{}';
