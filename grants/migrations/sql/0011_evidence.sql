-- Files that prove what a return says, and whether they were scanned. Steps are parted by "-- next".
SELECT 1
