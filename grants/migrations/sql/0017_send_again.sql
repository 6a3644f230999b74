-- Administrators have a notice sent again that failed, or of which nobody knows whether it was taken. Steps are parted by "-- next".
ALTER TABLE outbox ADD COLUMN again BIGINT
-- next
-- The outbox is changed by whoever sends from it; administrators change one thing, by this alone. The link of an invitation is gone.
CREATE FUNCTION send_again(of_notice uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT is_able('manage_people') THEN
        RAISE EXCEPTION 'a notice sent again by somebody who manages nobody' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE outbox SET state = 'waiting', not_before = at, ended_at = NULL, attempts = 0, again = coalesce(again, 0) + 1, address = NULL, transport = NULL
    WHERE id = of_notice AND state IN ('failed', 'uncertain') AND what <> 'invitation';
    RETURN FOUND;
END $$
