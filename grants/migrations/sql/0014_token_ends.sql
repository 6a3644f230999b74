-- Who holds a token is kept by each process while the record stands, so a token's end goes with it. Steps are parted by "-- next".
DROP FUNCTION token_holder(bytea, timestamptz)
-- next
-- Asked before anybody is known: one row for whoever holds the secret, and nothing for anybody else.
CREATE FUNCTION token_holder(digest bytea, at timestamptz)
RETURNS TABLE (person_id uuid, name text, is_example boolean, token_id uuid, deeds text[], expires_at timestamptz, last_used_at timestamptz, roles text[], overs text, journal_no bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT p.id, p.name, p.is_example, t.id, t.deeds, t.expires_at, t.last_used_at, array_agg(g.role ORDER BY g.granted_at, g.id),
        json_agg(g.over ORDER BY g.granted_at, g.id)::text, (SELECT last_no FROM journal_head)
    FROM api_token t JOIN person p ON p.id = t.person_id JOIN role_grant g ON g.person_id = p.id AND g.ended_at IS NULL
    WHERE t.sha256 = digest AND t.revoked_at IS NULL AND t.expires_at > at AND p.active
    GROUP BY p.id, p.name, p.is_example, t.id, t.deeds, t.expires_at, t.last_used_at;
END $$
