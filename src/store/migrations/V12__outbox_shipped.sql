-- How messages are sent: whose turn it is, what the provider said, and what became of each.
ALTER TABLE outbox
    DROP CONSTRAINT outbox_state_check,
    ADD CONSTRAINT outbox_state_check CHECK (state IN
        ('pending', 'sending', 'sent', 'delivered', 'bounced', 'failed')),
    -- The same at every try: providers and readers know a repeated message by it.
    ADD COLUMN reference text NOT NULL UNIQUE DEFAULT gen_random_uuid()::text,
    -- When it is looked at next; none when nothing is left to do. A node that has it puts this ahead.
    ADD COLUMN due_at timestamptz DEFAULT '-infinity',
    -- Of the node that has it: one that was too slow finds another's here and writes nothing.
    ADD COLUMN lease bytea,
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    -- Its id at the provider.
    ADD COLUMN receipt text,
    -- A try ended without an answer: it may have been taken.
    ADD COLUMN unsure boolean NOT NULL DEFAULT false,
    -- It was sent again after such a try, to a provider that cannot be asked.
    ADD COLUMN maybe_twice boolean NOT NULL DEFAULT false,
    -- Why it is where it is, in the provider's words.
    ADD COLUMN detail text NOT NULL DEFAULT '';
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (queued_at) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_bounced ON outbox (id) WHERE state = 'bounced';

-- A node takes the next ones and sees no more of them than whose they are.
GRANT SELECT (id, organisation_id, template, queued_at, due_at), UPDATE (due_at, lease)
    ON outbox TO daybreak_node;
CREATE POLICY outbox_claimed ON outbox FOR UPDATE TO daybreak_node USING (true) WITH CHECK (true);

-- The life of each message; nothing here ever changes.
CREATE TABLE outbox_history (
    message_id bigint NOT NULL REFERENCES outbox ON DELETE CASCADE,
    organisation_id bigint NOT NULL REFERENCES organisations,
    at timestamptz NOT NULL,
    state text NOT NULL,
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX outbox_history_message ON outbox_history (message_id);
ALTER TABLE outbox_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_history FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_history_of_owner ON outbox_history FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY outbox_history_of_scope ON outbox_history FOR ALL TO daybreak_app, daybreak_worker
    USING (organisation_id = ANY (app_scope()))
    WITH CHECK (organisation_id = ANY (app_scope()));
GRANT SELECT, INSERT ON outbox_history TO daybreak_worker;

-- Nothing more goes to an address from which messages come back, until somebody has looked at it.
ALTER TABLE users ADD COLUMN email_bounced_at timestamptz;
CREATE POLICY users_bounced ON users FOR UPDATE TO daybreak_worker
    USING (id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())))
    WITH CHECK (id IN (SELECT user_id FROM memberships WHERE organisation_id = ANY (app_scope())));
GRANT UPDATE (email_bounced_at) ON users TO daybreak_worker;
