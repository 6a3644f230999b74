-- Milestones, assets and declarations travel with a return. Steps are parted by "-- next".
SELECT 1
