-- Report files are kept in pieces, as evidence is: whoever writes, proves or sends one never has all of it in memory. Steps are parted by "-- next".
CREATE TABLE report_piece (
    run_id UUID NOT NULL,
    format TEXT NOT NULL,
    piece INTEGER NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (run_id, format, piece),
    FOREIGN KEY(run_id, format) REFERENCES report_file (run_id, format)
)
-- next
-- What is kept is mostly compressed already.
ALTER TABLE report_piece ALTER content SET STORAGE EXTERNAL
-- next
INSERT INTO report_piece (run_id, format, piece, content)
    SELECT run_id, format, number, substring(content FROM number * 1048576 + 1 FOR 1048576)
    FROM report_file CROSS JOIN LATERAL generate_series(0, (octet_length(content) - 1) / 1048576) AS number WHERE octet_length(content) > 0
-- next
ALTER TABLE report_file DROP COLUMN content
-- next
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON report_piece FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
GRANT SELECT, INSERT ON report_piece TO tallystick_service
-- next
ALTER TABLE report_piece ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE report_piece FORCE ROW LEVEL SECURITY
-- next
CREATE POLICY owner ON report_piece TO CURRENT_USER USING (true) WITH CHECK (true)
-- next
CREATE POLICY seen ON report_piece FOR SELECT TO tallystick_service
    USING ((SELECT is_over_all('programmes')) OR EXISTS (SELECT FROM report_run r WHERE r.id = run_id))
-- next
CREATE POLICY added ON report_piece FOR INSERT TO tallystick_service
    WITH CHECK ((SELECT is_over_all('programmes')) OR EXISTS (SELECT FROM report_run r WHERE r.id = run_id))
