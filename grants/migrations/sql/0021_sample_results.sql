-- What auditors found in the items of a sample: added to, never changed. Steps are parted by "-- next".
CREATE TABLE sample_result (
    id UUID NOT NULL,
    run_id UUID NOT NULL,
    item TEXT NOT NULL,
    outcome TEXT NOT NULL,
    finding TEXT NOT NULL,
    pence BIGINT,
    recorded_by UUID NOT NULL,
    recorded_at timestamptz NOT NULL,
    journal_no BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT outcome_known CHECK (outcome IN ('agrees', 'differs', 'no_evidence', 'not_applicable')),
    CONSTRAINT amounts_that_differ CHECK (pence IS NULL OR outcome = 'differs'),
    FOREIGN KEY(run_id) REFERENCES report_run (id),
    FOREIGN KEY(recorded_by) REFERENCES person (id),
    FOREIGN KEY(journal_no) REFERENCES journal (number) DEFERRABLE INITIALLY DEFERRED
)
-- next
CREATE INDEX ix_sample_result_item ON sample_result (item, journal_no)
-- next
CREATE INDEX ix_sample_result_run ON sample_result (run_id, journal_no)
-- next
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON sample_result FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER added AFTER INSERT ON sample_result REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written('id', '')
-- next
CREATE TRIGGER changed AFTER UPDATE ON sample_result REFERENCING OLD TABLE AS erased NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written('id', '')
-- next
CREATE CONSTRAINT TRIGGER recorded AFTER INSERT OR UPDATE ON sample_result DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rows_recorded()
-- next
GRANT SELECT, INSERT ON sample_result TO tallystick_service
-- next
ALTER TABLE sample_result ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE sample_result FORCE ROW LEVEL SECURITY
-- next
CREATE POLICY owner ON sample_result TO CURRENT_USER USING (true) WITH CHECK (true)
-- next
-- Whoever sees the run sees its results; auditors add their own.
CREATE POLICY seen ON sample_result FOR SELECT TO tallystick_service
    USING ((SELECT is_over_all('programmes')) OR EXISTS (SELECT FROM report_run r WHERE r.id = run_id))
-- next
CREATE POLICY added ON sample_result FOR INSERT TO tallystick_service
    WITH CHECK ((SELECT is_able('record_result')) AND recorded_by = (SELECT acting_person()) AND EXISTS (SELECT FROM report_run r WHERE r.id = run_id))
