-- One row a file that ingest has seen, read or not.
CREATE TABLE source (
    id INTEGER NOT NULL,
    path VARCHAR NOT NULL,
    format VARCHAR,                 -- NULL: no format recognised it
    reader VARCHAR NOT NULL,        -- version that read it; another version looks again at what was not recognised
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    inode UBIGINT NOT NULL,
    head_hash UBIGINT NOT NULL,     -- of the first bytes: a replaced file is read anew
    own_run BOOLEAN NOT NULL,
    "offset" BIGINT NOT NULL,       -- bytes read so far
    state VARCHAR NOT NULL,         -- what the format needs to go on, JSON
    points BIGINT NOT NULL,
    read_at TIMESTAMP NOT NULL
);

CREATE TABLE problem (source INTEGER NOT NULL, path VARCHAR NOT NULL, what VARCHAR NOT NULL, place VARCHAR NOT NULL);

-- Folders that were given to ingest, and the pattern their paths follow.
CREATE TABLE base (path VARCHAR NOT NULL, pattern VARCHAR NOT NULL);

CREATE TABLE run_key (
    id INTEGER NOT NULL,
    root VARCHAR NOT NULL,          -- absolute folder or file
    key VARCHAR NOT NULL,           -- which of several runs under one root
    name VARCHAR NOT NULL,          -- short label, unique
    inherits INTEGER,               -- run of a folder above whose parameters hold here too
    measured BOOLEAN NOT NULL       -- false: only parameters were found, nothing tells that training began
);

-- What each file says of each run.
CREATE TABLE fact (
    run INTEGER NOT NULL, source INTEGER NOT NULL, status VARCHAR NOT NULL, reason VARCHAR,
    started DOUBLE, ended DOUBLE, command VARCHAR, host VARCHAR, git_commit VARCHAR,
    tags VARCHAR[], study VARCHAR
);

CREATE TABLE param (
    run INTEGER NOT NULL,
    source INTEGER NOT NULL,        -- 0: from the run's path
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,         -- JSON
    number DOUBLE,                  -- the value where it is a number
    kind VARCHAR NOT NULL           -- param: chosen by the user; meta: merely recorded; path: name=value in the path; level: a folder name
);

CREATE TABLE metric (id INTEGER NOT NULL, name VARCHAR NOT NULL);

-- Measurements. A piece is up to 256 points of one metric of one run, as lists, their values in the precision of the
-- log: event files hold single precision, which takes half the room. Metrics logged together have the same steps and
-- nearly the same wall times: these stand in one piece of each grid, and the others say by how many ticks they lie
-- behind; an empty list says by none. A tick is 2^-22 s, the spacing of double-precision Unix times of our days (2004
-- to 2038), so that times are kept exactly and differences of neighbours pack into few bytes; 0 is unknown.
CREATE TABLE piece (
    run INTEGER NOT NULL, source INTEGER NOT NULL, metric INTEGER NOT NULL,
    points INTEGER NOT NULL,
    low BIGINT NOT NULL, high BIGINT NOT NULL,      -- lowest and highest step
    rises BOOLEAN NOT NULL,                         -- whether each step is higher than the one before
    grid BIGINT NOT NULL,
    steps BIGINT[] NOT NULL, ticks BIGINT[] NOT NULL,   -- of the grid; empty where another piece holds them
    lags INTEGER[] NOT NULL,
    singles FLOAT[] NOT NULL, doubles DOUBLE[] NOT NULL -- values; one of the two is empty
);

-- Configs handed out by suggest.
CREATE TABLE suggestion (
    id VARCHAR NOT NULL, task VARCHAR NOT NULL, config VARCHAR NOT NULL, strategy VARCHAR NOT NULL,
    predicted DOUBLE, low DOUBLE, high DOUBLE, because VARCHAR[], asked_at TIMESTAMP NOT NULL
);

-- What backtests found the past to be worth, by the identity of the past they were made on.
CREATE TABLE verdict (digest VARCHAR NOT NULL, verdict VARCHAR NOT NULL, trust DOUBLE NOT NULL, judged_at TIMESTAMP NOT NULL);

-- Searches, and what they handed out. The row of a trial is written in the transaction that hands it out.
CREATE TABLE study (
    name VARCHAR NOT NULL, space VARCHAR NOT NULL, metric VARCHAR, mode VARCHAR, strategy VARCHAR NOT NULL,
    seed BIGINT NOT NULL, folder VARCHAR NOT NULL
);
CREATE TABLE trial (
    study VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    config VARCHAR NOT NULL,        -- JSON
    status VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL,
    because VARCHAR[],
    share DOUBLE,                   -- budget as a share of a full run, NULL for a full run
    budget DOUBLE,                  -- in the user's unit
    resumes INTEGER,                -- number of the trial it goes on from
    attempt INTEGER NOT NULL,
    owner VARCHAR NOT NULL,         -- the search process that runs it
    folder VARCHAR NOT NULL,
    value DOUBLE, noise DOUBLE NOT NULL, spent DOUBLE, reason VARCHAR NOT NULL, started DOUBLE, ended DOUBLE,
    changed BIGINT NOT NULL         -- grows with every change of the study: readers ask for what is newer
);

-- Every measurement as it was read, for people; place grows in the order in which they were stored.
CREATE VIEW point AS
    SELECT run, source, metric, step, nullif(tick + coalesce(lag, 0), 0) / 4194304.0::DOUBLE AS wall,
        coalesce(single::DOUBLE, double) AS value, if(single IS NULL, 64, 32) AS bits, (place << 8) + i AS place
    FROM (
        SELECT p.run, p.source, p.metric, p.rowid AS place, unnest(g.steps) AS step, unnest(g.ticks) AS tick,
            unnest(p.lags) AS lag, unnest(p.singles) AS single, unnest(p.doubles) AS double, unnest(range(p.points)) AS i
        FROM piece p JOIN piece g ON g.grid = p.grid AND len(g.steps) > 0
    );

-- Each metric of each run once a step: what a restart logged again replaces the earlier attempt from its first
-- step on, full precision goes before single, and within one precision what was read later goes first. Where the pieces
-- of a curve lie apart and rise, no step occurs twice, and points need not be compared.
CREATE VIEW curve AS
    WITH laid AS (
        SELECT run, metric, source, low, rises AND coalesce(low > max(high) OVER (
            PARTITION BY run, metric ORDER BY low, high ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), true) AS apart
        FROM piece
    ), span AS (
        SELECT l.run, l.metric, l.source, s.format, min(l.low) AS first, bool_and(l.apart) AS apart
        FROM laid l JOIN source s ON s.id = l.source
        GROUP BY ALL
    ), kept AS NOT MATERIALIZED (
        SELECT run, metric, source,
            min(first) OVER (
                PARTITION BY run, metric, format ORDER BY source
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ) AS cutoff,
            bool_and(apart) OVER (PARTITION BY run, metric) AS once
        FROM span
    ), offered AS NOT MATERIALIZED (
        SELECT run, metric, once, step, nullif(tick + coalesce(lag, 0), 0) / 4194304.0::DOUBLE AS wall,
            coalesce(single::DOUBLE, double) AS value, (place << 8) + i + if(single IS NULL, 1::BIGINT << 62, 0) AS place
        FROM (
            SELECT p.run, p.metric, p.rowid AS place, k.once, k.cutoff, unnest(g.steps) AS step, unnest(g.ticks) AS tick,
                unnest(p.lags) AS lag, unnest(p.singles) AS single, unnest(p.doubles) AS double, unnest(range(p.points)) AS i
            FROM piece p JOIN piece g ON g.grid = p.grid AND len(g.steps) > 0
            JOIN kept k ON (k.run, k.metric, k.source) = (p.run, p.metric, p.source)
        )
        WHERE cutoff IS NULL OR step < cutoff OR single IS NULL
    )
    SELECT run, metric, step, wall, value FROM offered WHERE once
    UNION ALL
    SELECT run, metric, step, arg_max(wall, place) AS wall, arg_max(value, place) AS value
    FROM offered WHERE NOT once
    GROUP BY run, metric, step;

-- Parameters that hold for a run, the folder above included; the run's own go first.
CREATE VIEW run_param AS
    WITH offered AS (
        SELECT r.id AS run, p.name, p.value, p.number, p.kind, p.source, 0 AS above
        FROM run_key r JOIN param p ON p.run = r.id
        UNION ALL
        SELECT r.id AS run, p.name, p.value, p.number, p.kind, p.source, 1 AS above
        FROM run_key r JOIN param p ON p.run = r.inherits WHERE p.kind IN ('param', 'meta')
    )
    SELECT run, name, value, number, kind FROM offered
    QUALIFY row_number() OVER (
        PARTITION BY run, name
        ORDER BY CASE kind WHEN 'param' THEN 0 WHEN 'path' THEN 1 WHEN 'meta' THEN 2 ELSE 3 END,
            above, source DESC
    ) = 1;

CREATE VIEW run AS
    SELECT r.id AS run, r.name,
        coalesce(arg_min(f.status, CASE f.status WHEN 'finished' THEN 0 WHEN 'failed' THEN 1 WHEN 'preempted' THEN 2 WHEN 'running' THEN 3 ELSE 4 END), 'unknown') AS status,
        any_value(f.reason) AS reason, min(f.started) AS started, max(f.ended) AS ended,
        any_value(f.command) AS command, any_value(f.host) AS host, any_value(f.git_commit) AS git_commit,
        any_value(f.study) AS study, list_distinct(flatten(list(f.tags))) AS tags, r.root, r.key
    FROM run_key r LEFT JOIN fact f ON f.run = r.id
    WHERE r.measured
    GROUP BY r.id, r.name, r.root, r.key;
