-- Acts that take two people: what is to be set waits here until another operator approves it. An act without
-- any of these was done when it was noted down.
ALTER TABLE waiting_acts
    ADD COLUMN mode text CHECK (mode IN ('open', 'paused', 'closed')),
    ADD COLUMN rate double precision CHECK (rate > 0),
    ADD COLUMN people bigint CHECK (people > 0);
