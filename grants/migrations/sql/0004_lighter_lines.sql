-- A foreign key asks for every line; versions are never deleted, so that asking once a statement is as good.
ALTER TABLE spend_line DROP CONSTRAINT spend_line_version_id_fkey
-- next
CREATE FUNCTION lines_have_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT version_id FROM added) AS named
        WHERE NOT EXISTS (SELECT FROM return_version WHERE id = named.version_id)
    ) THEN
        RAISE EXCEPTION 'a line names no version' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
-- next
CREATE TRIGGER known AFTER INSERT ON spend_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lines_have_version()
-- next
ALTER TABLE workbook ALTER COLUMN content SET STORAGE EXTERNAL
-- next
ALTER TABLE report_file ALTER COLUMN content SET STORAGE EXTERNAL
-- next
ALTER TABLE idempotent_answer DROP COLUMN status
