-- What somebody typed into a matching goes with the returns that were read by it. Steps are parted by "-- next".
-- Those that the award's returns alone were read by and that others have superseded; all, where the recipient has no other award left.
CREATE FUNCTION outlived_matchings(of_award text) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    WITH left_over AS (
        SELECT o.reference FROM public.award o JOIN public.award a ON a.recipient_id = o.recipient_id
        WHERE a.reference = of_award AND o.reference <> of_award AND o.removed_on IS NULL
    )
    SELECT m.id FROM public.matching m JOIN public.award a ON a.recipient_id = m.recipient_id
    WHERE a.reference = of_award AND NOT EXISTS (
        SELECT FROM public.return_version v JOIN public.spend_return r ON r.id = v.return_id
        WHERE v.matching_id = m.id AND r.award IN (SELECT reference FROM left_over)
    ) AND (NOT EXISTS (SELECT FROM left_over) OR EXISTS (
        SELECT FROM public.return_version v JOIN public.spend_return r ON r.id = v.return_id WHERE v.matching_id = m.id AND r.award = of_award
    ) AND EXISTS (
        SELECT FROM public.matching n
        WHERE (n.recipient_id, n.shape, n.is_example) = (m.recipient_id, m.shape, m.is_example) AND n.number > m.number
    ))
$$
-- next
REVOKE ALL ON FUNCTION outlived_matchings(text) FROM PUBLIC
-- next
DO $$
DECLARE
    written text := pg_get_functiondef('erase_award(text)'::regprocedure);
    before text;
    step record;
BEGIN
    FOR step IN SELECT * FROM (VALUES
        ('names := ARRAY(', 'names := ARRAY(SELECT ''matching/'' || id FROM outlived_matchings(of_award) AS id UNION ALL '),
        ('UPDATE workbook SET content = '''' WHERE version_id = ANY(versions);', 'UPDATE workbook SET content = '''' WHERE version_id = ANY(versions); '
            'UPDATE matching SET matching = matching || ''{"sheet": "", "constants": {}, "codes": {}}'' WHERE id IN (SELECT outlived_matchings(of_award));')
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
