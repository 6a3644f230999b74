"""Pages of the auditor: reports and their schedules, traces, the journal, verification, samples."""
