-- Files that programme leads load: registers of awards, and payments of the finance system. Steps are parted by "-- next".
CREATE TABLE register_load (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    programmes TEXT[] NOT NULL,
    filename TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    parser_version TEXT NOT NULL,
    problems JSONB NOT NULL,
    notices JSONB NOT NULL,
    loaded_by UUID NOT NULL,
    loaded_at timestamptz NOT NULL,
    is_example BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind IN ('awards', 'payments')),
    CONSTRAINT state_known CHECK (state IN ('has_problems', 'taken')),
    UNIQUE (number),
    FOREIGN KEY(loaded_by) REFERENCES person (id)
)
-- next
CREATE INDEX ix_register_load_sha256 ON register_load (kind, sha256)
-- next
CREATE TABLE register_file (
    load_id UUID NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (load_id),
    FOREIGN KEY(load_id) REFERENCES register_load (id)
)
-- next
CREATE TABLE register_row (
    load_id UUID NOT NULL,
    number BIGINT NOT NULL,
    sheet TEXT NOT NULL,
    row BIGINT NOT NULL,
    cell TEXT NOT NULL,
    outcome TEXT NOT NULL,
    message TEXT NOT NULL,
    reference TEXT NOT NULL,
    pence BIGINT NOT NULL,
    award TEXT,
    paid_on DATE,
    transaction TEXT NOT NULL,
    decision BIGINT,
    PRIMARY KEY (load_id, number),
    CONSTRAINT outcome_known CHECK (outcome IN ('proposed', 'waiting', 'unchanged', 'declined', 'near_miss', 'unknown')),
    FOREIGN KEY(load_id) REFERENCES register_load (id),
    FOREIGN KEY(decision) REFERENCES decision (number)
)
-- next
CREATE INDEX ix_register_row_decision ON register_row (decision) WHERE decision IS NOT NULL
-- next
-- Most of them are compressed already.
ALTER TABLE register_file ALTER content SET STORAGE EXTERNAL
-- next
DO $$
DECLARE
    mine text := '(SELECT is_able(''propose'')) AND EXISTS (SELECT FROM register_load l WHERE l.id = load_id AND l.loaded_by = (SELECT acting_person()))';
    seen text := 'EXISTS (SELECT FROM register_load l WHERE l.id = load_id)';
    made record;
BEGIN
    -- A file may tell of programmes that its rows did not name: it is shown to whoever loaded it, to those over all programmes, and to
    -- those over every programme that it is about, where each row could be told.
    FOR made IN SELECT * FROM (VALUES
        ('register_load', 'id', '(SELECT is_over_all(''programmes'')) OR loaded_by = (SELECT acting_person())'
            ' OR cardinality(programmes) > 0 AND programmes <@ (SELECT is_over(''programmes''))',
            '(SELECT is_able(''propose'')) AND loaded_by = (SELECT acting_person())'),
        ('register_file', NULL, seen, mine),
        ('register_row', 'load_id,number', seen, mine)
    ) AS found (name, keys, seen, added)
    LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', made.name);
        IF made.keys IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER added AFTER INSERT ON %I REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written(%L, '''')', made.name, made.keys);
            EXECUTE format('CREATE TRIGGER changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS erased NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written(%L, '''')', made.name, made.keys);
            EXECUTE format('CREATE CONSTRAINT TRIGGER recorded AFTER INSERT OR UPDATE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rows_recorded()', made.name);
        END IF;
        EXECUTE format('GRANT SELECT, INSERT ON %I TO tallystick_service', made.name);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', made.name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', made.name);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT TO tallystick_service USING (%s)', made.name, made.seen);
        EXECUTE format('CREATE POLICY added ON %I FOR INSERT TO tallystick_service WITH CHECK (%s)', made.name, made.added);
    END LOOP;
END $$
