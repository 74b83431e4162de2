-- The code that confirmed an app signs nobody in, and people see since when an account of the identity service is theirs.

-- The half minute whose code confirmed the secret: no node takes that code, nor an older one.
ALTER TABLE authenticators ADD COLUMN confirmed_step bigint;
GRANT SELECT (confirmed_step) ON authenticators TO daybreak_node;
-- Nodes carry it in their directory: the page of somebody's account needs no database.
GRANT SELECT (made_at) ON identity_links TO daybreak_node;
