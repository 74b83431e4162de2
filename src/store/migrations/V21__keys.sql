-- Keys that are taken out of their ring before their time, who asked for it, and which key hashed a recovery code.

-- A revoked key has no secret any more: the version before, which does not know the column, cannot use it either.
ALTER TABLE key_rings
    ADD COLUMN revoked_at timestamptz,
    ADD CHECK ((revoked_at IS NULL) = (octet_length(secret) > 0));

-- One person asks for it, another does it. Without a number it is about every key of the ring.
CREATE TABLE key_revocations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose text NOT NULL,
    key_id smallint,
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text CHECK (approved_by <> proposed_by),
    approved_at timestamptz,
    FOREIGN KEY (purpose, key_id) REFERENCES key_rings (purpose, id)
);
GRANT SELECT ON key_revocations TO daybreak_node;

-- Name of the key of columns under which a code was hashed; the version before leaves it out.
ALTER TABLE recovery_codes ADD COLUMN key_name text CHECK (key_name ~ '^[0-9a-f]{8}$');
