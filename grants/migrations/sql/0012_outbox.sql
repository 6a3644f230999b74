-- Notices wait in an outbox until they are sent, once. Steps are parted by "-- next".
SELECT 1
