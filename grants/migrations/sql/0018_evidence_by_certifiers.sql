-- Whoever certifies a return for its recipient may attach evidence to it, as whoever prepares it may. Steps are parted by "-- next".
DO $$
DECLARE
    of_recipient text := '(SELECT is_able(''attach_evidence'')) AND return_id IN (SELECT r.id FROM spend_return r JOIN award a ON a.reference = r.award '
        'WHERE (SELECT is_over_all(''recipients'')) OR a.recipient_id = ANY ((SELECT is_over(''recipients''))::text[]))';
BEGIN
    EXECUTE 'ALTER POLICY added ON evidence_file WITH CHECK (' || of_recipient || ' AND uploaded_by = (SELECT acting_person()))';
    EXECUTE 'ALTER POLICY changed ON evidence_file WITH CHECK (' || of_recipient || ' AND withdrawn_by = (SELECT acting_person()))';
    EXECUTE 'ALTER POLICY added ON evidence_content WITH CHECK (' || of_recipient || ')';
END $$
