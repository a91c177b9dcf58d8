-- Facts that nothing declares: kind "cell" is a value beside a run (a column of a table, a key of a document) of which only
-- an analysis over all runs can say whether somebody chose it or something measured it.

-- The space that a tool declares for a run: one row a hyperparameter, its description as a space.yaml has it, JSON.
CREATE TABLE declared (run INTEGER NOT NULL, source INTEGER NOT NULL, name VARCHAR NOT NULL, spec VARCHAR NOT NULL);

-- What users say that recorded names are.
CREATE TABLE role (name VARCHAR PRIMARY KEY, role VARCHAR NOT NULL, set_at TIMESTAMP NOT NULL);

-- Parameters that hold for a run, the folder above included; the run's own go first.
CREATE OR REPLACE VIEW run_param AS
    WITH offered AS (
        SELECT r.id AS run, p.name, p.value, p.number, p.kind, p.source, p.rowid AS place, 0 AS above
        FROM run_key r JOIN param p ON p.run = r.id
        UNION ALL
        SELECT r.id AS run, p.name, p.value, p.number, p.kind, p.source, p.rowid AS place, 1 AS above
        FROM run_key r JOIN param p ON p.run = r.inherits WHERE p.kind IN ('param', 'cell', 'meta')
    )
    SELECT run, name, value, number, kind, place FROM offered
    QUALIFY row_number() OVER (
        PARTITION BY run, name
        ORDER BY CASE kind WHEN 'param' THEN 0 WHEN 'path' THEN 1 WHEN 'cell' THEN 2 WHEN 'meta' THEN 3 ELSE 4 END,
            above, source DESC
    ) = 1;

-- The space that is declared for a run, by the run itself or the folder above.
CREATE VIEW run_space AS
    WITH offered AS (
        SELECT r.id AS run, d.name, d.spec, d.source, 0 AS above FROM run_key r JOIN declared d ON d.run = r.id
        UNION ALL
        SELECT r.id AS run, d.name, d.spec, d.source, 1 AS above FROM run_key r JOIN declared d ON d.run = r.inherits
    )
    SELECT run, name, spec FROM offered
    QUALIFY row_number() OVER (PARTITION BY run, name ORDER BY above, source DESC) = 1;

CREATE OR REPLACE VIEW run AS
    SELECT r.id AS run, r.name,
        coalesce(arg_min(f.status, CASE f.status WHEN 'infeasible' THEN 0 WHEN 'pruned' THEN 1 WHEN 'finished' THEN 2
            WHEN 'failed' THEN 3 WHEN 'preempted' THEN 4 WHEN 'running' THEN 5 ELSE 6 END), 'unknown') AS status,
        any_value(f.reason) AS reason, min(f.started) AS started, max(f.ended) AS ended,
        any_value(f.command) AS command, any_value(f.host) AS host, any_value(f.git_commit) AS git_commit,
        any_value(f.study) AS study, list_distinct(flatten(list(f.tags))) AS tags, r.root, r.key
    FROM run_key r LEFT JOIN fact f ON f.run = r.id
    WHERE r.measured
    GROUP BY r.id, r.name, r.root, r.key;
