-- What organisations fill in and send: one row of a form from its first answer on.
CREATE TABLE submissions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id bigint NOT NULL REFERENCES organisations,
    year smallint NOT NULL,
    -- Name of the form's file, and the version that the answers answer.
    form text NOT NULL,
    version text NOT NULL,
    -- What people call it.
    reference text NOT NULL UNIQUE,
    -- A later one has replaced it, where only the last counts.
    state text NOT NULL CHECK (state IN ('draft', 'sent', 'replaced')),
    -- Whether at most one of the organisation's counts.
    sole boolean NOT NULL,
    -- What was typed, by field.
    answers jsonb NOT NULL DEFAULT '{}' CHECK (pg_column_size(answers) <= 4194304),
    -- Goes up with each page that is saved: what is sent is what was looked at.
    revision integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    sent_at timestamptz,
    sent_by text,
    sent_by_email text,
    -- What was sent in words, as the form had them then.
    in_words jsonb,
    CHECK ((state = 'draft') = (sent_at IS NULL))
);
CREATE UNIQUE INDEX submissions_one_draft ON submissions (organisation_id, year, form)
    WHERE sole AND state = 'draft';
CREATE UNIQUE INDEX submissions_one_sent ON submissions (organisation_id, year, form)
    WHERE sole AND state = 'sent';
CREATE INDEX submissions_of_organisation ON submissions (organisation_id, year, changed_at DESC);

-- Every change of state, in the transaction of the change.
CREATE TABLE submission_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission_id bigint NOT NULL REFERENCES submissions,
    organisation_id bigint NOT NULL REFERENCES organisations,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    version text NOT NULL,
    -- SHA-256 over the answers as they were sent.
    answers_digest bytea NOT NULL
);
CREATE INDEX submission_history_submission ON submission_history (submission_id);

ALTER TABLE submissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE submissions FORCE ROW LEVEL SECURITY;
CREATE POLICY submissions_of_owner ON submissions FOR ALL TO daybreak_owner USING (true) WITH CHECK (true);
CREATE POLICY submissions_of_scope ON submissions FOR ALL TO daybreak_app
    USING (organisation_id = ANY (app_scope())) WITH CHECK (organisation_id = ANY (app_scope()));
-- Only a draft is thrown away.
CREATE POLICY submissions_thrown_away ON submissions AS RESTRICTIVE FOR DELETE TO daybreak_app
    USING (state = 'draft');
GRANT SELECT, DELETE ON submissions TO daybreak_app;
GRANT INSERT (organisation_id, year, form, version, reference, state, sole, answers, changed_at, changed_by)
    ON submissions TO daybreak_app;
GRANT UPDATE (version, state, answers, revision, changed_at, changed_by, sent_at, sent_by, sent_by_email,
        in_words)
    ON submissions TO daybreak_app;

ALTER TABLE submission_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE submission_history FORCE ROW LEVEL SECURITY;
CREATE POLICY submission_history_of_owner ON submission_history FOR ALL TO daybreak_owner
    USING (true) WITH CHECK (true);
CREATE POLICY submission_history_of_scope ON submission_history FOR ALL TO daybreak_app
    USING (organisation_id = ANY (app_scope())) WITH CHECK (organisation_id = ANY (app_scope()));
GRANT SELECT, INSERT ON submission_history TO daybreak_app;

-- What was sent stays as it was sent.
CREATE FUNCTION submission_is_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.answers, NEW.in_words, NEW.version, NEW.sent_at, NEW.sent_by, NEW.sent_by_email, NEW.revision)
        IS DISTINCT FROM
        (OLD.answers, OLD.in_words, OLD.version, OLD.sent_at, OLD.sent_by, OLD.sent_by_email, OLD.revision) THEN
        RAISE EXCEPTION 'submission % was sent and does not change', OLD.reference;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER submission_is_sent BEFORE UPDATE ON submissions
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION submission_is_sent();
