-- A scheduled report is held against the run before it: where in the record that one stood.
ALTER TABLE report_run ADD COLUMN since_entry_no BIGINT, ADD COLUMN since_journal_no BIGINT,
    ADD CONSTRAINT since_whole CHECK ((since_entry_no IS NULL) = (since_journal_no IS NULL))
