-- Milestones, assets and declarations travel with a return. Steps are parted by "-- next".
ALTER TABLE return_version ADD COLUMN documents jsonb
-- next
-- They go with all else that a recipient typed when an award's years are over: the removal does what it did, and that.
DO $$
DECLARE
    before text := pg_get_functiondef('erase_award(text)'::regprocedure);
    after text := replace(before, 'header = ''{}'',', 'header = ''{}'', documents = NULL,');
BEGIN
    IF after = before THEN
        RAISE EXCEPTION 'the removal of an award does not touch the header of its returns';
    END IF;
    EXECUTE after;
END $$
