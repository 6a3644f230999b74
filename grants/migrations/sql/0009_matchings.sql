-- How the tables of finance systems are read, as somebody confirmed it. Steps are parted by "-- next".
CREATE TABLE matching (
    id UUID NOT NULL,
    recipient_id TEXT NOT NULL,
    shape TEXT NOT NULL,
    number BIGINT NOT NULL,
    matching JSONB NOT NULL,
    confirmed_by UUID NOT NULL,
    confirmed_at timestamptz NOT NULL,
    is_example BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT one_matching_a_number UNIQUE (recipient_id, shape, is_example, number),
    FOREIGN KEY(recipient_id) REFERENCES recipient (id),
    FOREIGN KEY(confirmed_by) REFERENCES person (id)
)
-- next
ALTER TABLE return_version ADD COLUMN matching_id UUID REFERENCES matching (id)
-- next
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON matching FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
-- next
CREATE TRIGGER added AFTER INSERT ON matching REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written('id', '')
-- next
CREATE TRIGGER changed AFTER UPDATE ON matching REFERENCING OLD TABLE AS erased NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION rows_written('id', '')
-- next
CREATE CONSTRAINT TRIGGER recorded AFTER INSERT OR UPDATE ON matching DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rows_recorded()
-- next
GRANT SELECT, INSERT ON matching TO tallystick_service
-- next
ALTER TABLE matching ENABLE ROW LEVEL SECURITY
-- next
ALTER TABLE matching FORCE ROW LEVEL SECURITY
-- next
CREATE POLICY owner ON matching TO CURRENT_USER USING (true) WITH CHECK (true)
-- next
CREATE POLICY seen ON matching FOR SELECT TO tallystick_service USING (
    (SELECT sees_all_awards()) OR recipient_id = ANY ((SELECT is_over('recipients'))::text[])
    OR recipient_id IN (SELECT a.recipient_id FROM award a WHERE a.reference IN (SELECT unnest(own_awards())))
)
-- next
CREATE POLICY added ON matching FOR INSERT TO tallystick_service WITH CHECK (
    (SELECT is_able('upload_return'))
    AND ((SELECT is_over_all('recipients')) OR recipient_id = ANY ((SELECT is_over('recipients'))::text[]))
    AND confirmed_by = (SELECT acting_person())
)
