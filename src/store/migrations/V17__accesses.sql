-- Who saw our pupils: schools read what others opened of theirs.
ALTER TABLE journal_entries
    -- DfE number of the school whose results were opened.
    ADD COLUMN about integer,
    -- Results of all schools of an authority or a trust were opened.
    ADD COLUMN about_all boolean NOT NULL DEFAULT false;
CREATE INDEX journal_entries_about ON journal_entries (about, at) WHERE about IS NOT NULL;
CREATE INDEX journal_entries_about_all ON journal_entries (at) WHERE about_all;

CREATE FUNCTION note_about() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.record, 'UTF8')::jsonb;
BEGIN
    NEW.about := (told->>'school')::integer;
    NEW.about_all := NEW.about IS NULL AND told->>'file' LIKE 'results%';
    RETURN NEW;
END
$$;
CREATE TRIGGER note_about BEFORE INSERT ON journal_entries
    FOR EACH ROW WHEN (NEW.kind = 'granted') EXECUTE FUNCTION note_about();

-- A school, and the authority and trusts that it belonged to then.
CREATE POLICY journal_about_scope ON journal_entries FOR SELECT TO daybreak_app USING (
    EXISTS (
        SELECT FROM organisations mine
        WHERE mine.id = ANY (app_scope()) AND mine.laestab = journal_entries.about
    )
    OR about_all AND EXISTS (
        SELECT FROM organisations mine, organisations theirs
        WHERE mine.id = ANY (app_scope()) AND mine.kind = 'school'
            AND theirs.id = journal_entries.organisation_id
            AND (
                theirs.kind = 'authority' AND theirs.la_code = mine.la_code
                OR theirs.kind = 'trust' AND EXISTS (
                    SELECT FROM trust_members member
                    WHERE member.organisation_id = mine.id AND member.group_uid = theirs.group_uid
                        AND member.joined_on <= journal_entries.at::date
                        AND (member.left_on IS NULL OR member.left_on > journal_entries.at::date)
                )
            )
    )
);
