-- Files that prove what a return says, and whether they were scanned. Steps are parted by "-- next".
CREATE TABLE evidence_file (
    id UUID NOT NULL,
    return_id UUID NOT NULL,
    number BIGINT NOT NULL,
    line_reference TEXT,
    line_version BIGINT,
    line_row BIGINT,
    filename TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    uploaded_by UUID NOT NULL,
    uploaded_at timestamptz NOT NULL,
    withdrawn_by UUID,
    withdrawn_at timestamptz,
    withdrawal_reason TEXT,
    PRIMARY KEY (id),
    CONSTRAINT kind_known CHECK (kind IN ('pdf', 'png', 'jpg', 'xlsx')),
    CONSTRAINT one_file_a_number UNIQUE (return_id, number),
    CONSTRAINT row_of_a_version CHECK ((line_version IS NULL) = (line_row IS NULL)),
    CONSTRAINT one_way_to_a_line CHECK (line_reference IS NULL OR line_row IS NULL),
    CONSTRAINT withdrawn_by_somebody CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL)),
    FOREIGN KEY(return_id) REFERENCES spend_return (id),
    FOREIGN KEY(uploaded_by) REFERENCES person (id),
    FOREIGN KEY(withdrawn_by) REFERENCES person (id)
)
-- next
CREATE TABLE evidence_content (
    return_id UUID NOT NULL,
    sha256 TEXT NOT NULL,
    piece INTEGER NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (return_id, sha256, piece),
    FOREIGN KEY(return_id) REFERENCES spend_return (id)
)
-- next
-- What is kept is mostly compressed already, and is read by pieces.
ALTER TABLE evidence_content ALTER content SET STORAGE EXTERNAL
-- next
CREATE TABLE virus_scan (
    return_id UUID NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    engine TEXT,
    virus TEXT,
    scanned_at timestamptz NOT NULL,
    attempts BIGINT NOT NULL,
    next_try_at timestamptz,
    PRIMARY KEY (return_id, sha256),
    CONSTRAINT state_known CHECK (state IN ('clean', 'infected', 'failed')),
    CONSTRAINT tried_again_after_failure CHECK ((state = 'failed') = (next_try_at IS NOT NULL)),
    CONSTRAINT virus_has_a_name CHECK ((state = 'infected') = (virus IS NOT NULL)),
    FOREIGN KEY(return_id) REFERENCES spend_return (id)
)
-- next
CREATE INDEX ix_virus_scan_failed ON virus_scan (next_try_at) WHERE state = 'failed'
-- next
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_content FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON evidence_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON virus_scan FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE FUNCTION evidence_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    withdrawal text[] := ARRAY['withdrawn_by', 'withdrawn_at', 'withdrawal_reason'];
BEGIN
    IF NOT is_removal() AND (OLD.withdrawn_at IS NOT NULL OR to_jsonb(NEW) - withdrawal IS DISTINCT FROM to_jsonb(OLD) - withdrawal) THEN
        RAISE EXCEPTION 'a file of evidence is withdrawn once and never changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
-- next
CREATE TRIGGER stands BEFORE UPDATE ON evidence_file FOR EACH ROW EXECUTE FUNCTION evidence_stands()
-- next
CREATE TRIGGER added AFTER INSERT ON evidence_file REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written('id', '')
-- next
CREATE TRIGGER changed AFTER UPDATE ON evidence_file REFERENCING OLD TABLE AS erased NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written('id', '')
-- next
CREATE CONSTRAINT TRIGGER recorded AFTER INSERT OR UPDATE ON evidence_file DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rows_recorded()
-- next
GRANT SELECT, INSERT ON evidence_file, evidence_content, virus_scan TO tallystick_service
-- next
GRANT UPDATE (withdrawn_by, withdrawn_at, withdrawal_reason) ON evidence_file TO tallystick_service
-- next
GRANT UPDATE ON virus_scan TO tallystick_service
-- next
DO $$
DECLARE
    by_return text := '(SELECT sees_all_awards()) OR return_id IN (SELECT unnest(seen_returns()))';
    of_recipient text := '(SELECT is_able(''upload_return'')) AND return_id IN (SELECT r.id FROM spend_return r JOIN award a ON a.reference = r.award '
        'WHERE (SELECT is_over_all(''recipients'')) OR a.recipient_id = ANY ((SELECT is_over(''recipients''))::text[]))';
    scheduler text := '(SELECT acting_person() = ''00000000-0000-0000-0000-000000000003'')';
    guarded record;
BEGIN
    FOR guarded IN SELECT * FROM (VALUES
        ('evidence_file', of_recipient || ' AND uploaded_by = (SELECT acting_person())', of_recipient || ' AND withdrawn_by = (SELECT acting_person())'),
        ('evidence_content', of_recipient, NULL),
        ('virus_scan', scheduler, scheduler)
    ) AS found (name, added, changed)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded.name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', guarded.name);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT TO tallystick_service USING (%s)', guarded.name, by_return);
        EXECUTE format('CREATE POLICY added ON %I FOR INSERT TO tallystick_service WITH CHECK (%s)', guarded.name, guarded.added);
        IF guarded.changed IS NOT NULL THEN
            EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE TO tallystick_service USING (%s) WITH CHECK (%s)', guarded.name, by_return, guarded.changed);
        END IF;
    END LOOP;
END $$
-- next
-- They go with all else that a recipient sent when an award's years are over: the removal does what it did, and that.
DO $$
DECLARE
    of_award text := ' WHERE return_id IN (SELECT id FROM spend_return WHERE award = of_award);';
    written text := pg_get_functiondef('erase_award(text)'::regprocedure);
    before text;
    step record;
BEGIN
    FOR step IN SELECT * FROM (VALUES
        ('subject_kind = ''return'' AND', 'subject_kind IN (''return'', ''evidence'') AND'),
        ('names := ARRAY(', 'names := ARRAY(SELECT ''evidence_file/'' || e.id FROM evidence_file e JOIN spend_return r ON r.id = e.return_id '
            'WHERE r.award = of_award UNION ALL '),
        ('UPDATE workbook SET content = '''' WHERE version_id = ANY(versions);', 'UPDATE workbook SET content = '''' WHERE version_id = ANY(versions); '
            'UPDATE evidence_content SET content = ''''' || of_award || ' UPDATE evidence_file SET filename = ''removed'', '
            'line_reference = CASE WHEN line_reference IS NOT NULL THEN '''' END, '
            'withdrawal_reason = CASE WHEN withdrawal_reason IS NOT NULL THEN removed END' || of_award)
    ) AS steps (was, becomes)
    LOOP
        before := written;
        written := replace(before, step.was, step.becomes);
        IF written = before THEN
            RAISE EXCEPTION 'the removal of an award does not say: %', step.was;
        END IF;
    END LOOP;
    EXECUTE written;
END $$
-- next
CREATE OR REPLACE FUNCTION person_outlived(of_person uuid, years int) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM public.person WHERE id = of_person AND NOT active AND ended_at < now() - make_interval(years => years)
            AND email NOT LIKE '%@service.invalid'
    ) AND NOT EXISTS (
        SELECT FROM public.journal WHERE person_id = of_person AND at >= now() - make_interval(years => years)
    ) AND NOT EXISTS (
        SELECT FROM public.return_version v JOIN public.spend_return r ON r.id = v.return_id JOIN public.award a ON a.reference = r.award
        WHERE a.removed_on IS NULL AND of_person IN (v.uploaded_by, v.certified_by)
    ) AND NOT EXISTS (
        SELECT FROM public.evidence_file e JOIN public.spend_return r ON r.id = e.return_id JOIN public.award a ON a.reference = r.award
        WHERE a.removed_on IS NULL AND of_person IN (e.uploaded_by, e.withdrawn_by)
    )
$$
