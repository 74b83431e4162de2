-- How far the audit goes, so that rows cut off its end are missed. Kept by the database itself, so that
-- servers that do not know of it keep it too.
CREATE TABLE audit_end (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit_end (seq, hash) VALUES (
    (SELECT COALESCE(max(seq), 0) FROM audit),
    COALESCE((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '')
);

CREATE FUNCTION audit_grew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE audit_end SET seq = NEW.seq, hash = NEW.hash;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_grew AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_grew();
