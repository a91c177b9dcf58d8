-- How often what was read of a file was thrown away to be read anew, and how many points that were: a reader who
-- keeps up with a growing store must know, since the places of all later points may have moved down by as many.
CREATE TABLE erasure (source INTEGER PRIMARY KEY, times BIGINT NOT NULL, points BIGINT NOT NULL);
