-- Annual reviews of awards are decisions, and what was written about them goes with the award's. Steps are parted by "-- next".
ALTER TABLE decision DROP CONSTRAINT kind_known, ADD CONSTRAINT kind_known CHECK (kind IN ('open_plan', 'allocate', 'reduce', 'vire',
    'carry_forward', 'award', 'vary', 'withdraw', 'pay', 'recover', 'reverse', 'review', 'add_line', 'amend_line', 'amend_milestone'))
-- next
DO $$
DECLARE
    written text := pg_get_functiondef('erase_award(text)'::regprocedure);
    becomes text := replace(written, '''pay'', ''recover'')', '''pay'', ''recover'', ''review'')');
BEGIN
    IF becomes = written THEN
        RAISE EXCEPTION 'the removal of an award names no decisions';
    END IF;
    EXECUTE becomes;
END $$
