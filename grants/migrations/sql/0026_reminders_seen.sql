-- Whoever collects returns sees whom reminders of theirs went to, and nothing else of the outbox. Steps are parted by "-- next".
CREATE FUNCTION reminders_of_round(of_round uuid)
RETURNS TABLE (return_id uuid, person text, which text, state text, queued_at timestamptz, ended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.about, p.name, o.which, o.state, o.queued_at, o.ended_at
    FROM collection_round c JOIN spend_return r ON r.round_id = c.id
        JOIN outbox o ON o.what = 'reminder' AND o.about = r.id JOIN person p ON p.id = o.person_id
    WHERE c.id = of_round AND (is_over_all('programmes') OR c.programme = ANY (is_over('programmes')))
    ORDER BY o.queued_at DESC, p.name
$$
