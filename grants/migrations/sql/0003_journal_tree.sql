-- The journal as a tree of hashes (RFC 9162, section 2.1). Steps are parted by "-- next".
DO $$
BEGIN
    IF EXISTS (SELECT FROM journal) THEN
        RAISE EXCEPTION 'this database was made before the journal was a tree of hashes: start with a new one';
    END IF;
END $$
-- next
ALTER TABLE journal ADD COLUMN IF NOT EXISTS salt bytea NOT NULL, ADD COLUMN IF NOT EXISTS leaf text NOT NULL,
    ADD COLUMN IF NOT EXISTS tree bytea NOT NULL
-- next
CREATE FUNCTION journal_queue() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT last_no + 1 FROM journal_head FOR UPDATE
$$
-- next
CREATE OR REPLACE FUNCTION journal_numbers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    next_no bigint;
    width bigint := 1;
    node bytea;
    beside bytea;
BEGIN
    UPDATE journal_head SET last_no = last_no + 1 RETURNING last_no INTO next_no;
    IF NEW.number <> next_no THEN
        RAISE EXCEPTION 'journal record % is out of order: the next is %', NEW.number, next_no
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    node := sha256('\x00'::bytea || convert_to(NEW.leaf, 'UTF8'));
    NEW.tree := node;
    WHILE next_no % (2 * width) = 0 LOOP
        SELECT substr(tree, octet_length(tree) - 31) INTO beside FROM journal WHERE number = next_no - width;
        IF beside IS NULL THEN
            RAISE EXCEPTION 'journal record % is missing: restore a backup', next_no - width
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        node := sha256('\x01'::bytea || beside || node);
        NEW.tree := NEW.tree || node;
        width := 2 * width;
    END LOOP;
    RETURN NEW;
END $$
