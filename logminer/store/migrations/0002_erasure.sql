-- How often what was read of a file was thrown away to be read anew: a reader who keeps up with a growing store
-- must know that what it holds of that file counts no more.
CREATE TABLE erasure (source INTEGER PRIMARY KEY, times BIGINT NOT NULL);
