-- What else a study aims at beside its first objective, JSON: further objectives and constraints.
ALTER TABLE study ADD COLUMN aims VARCHAR DEFAULT '{}';
-- Which run of its config a trial is, from 0; the values of all objectives and constraints, JSON; what it cost.
ALTER TABLE trial ADD COLUMN repeat INTEGER DEFAULT 0;
ALTER TABLE trial ADD COLUMN results VARCHAR DEFAULT '{}';
ALTER TABLE trial ADD COLUMN cost DOUBLE;
