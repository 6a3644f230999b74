-- Records say in which role, and commit to every row that their deed wrote. Steps are parted by "-- next".
SELECT 1
