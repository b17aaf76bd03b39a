-- Runs of workflows; `record` is the whole run as JSON, the other columns are
-- what lists and the engine ask for. Times are microseconds since the Unix epoch.
CREATE TABLE workflow_runs (
    key TEXT COLLATE "C" PRIMARY KEY,
    workflow TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    started_at_us BIGINT NOT NULL,
    -- When it has to be looked at; null when nothing is to be done.
    due_us BIGINT,
    revision BIGINT NOT NULL,
    record TEXT NOT NULL
);

CREATE INDEX workflow_runs_newest ON workflow_runs (started_at_us DESC, key DESC);
CREATE INDEX workflow_runs_of_owner ON workflow_runs (owner, started_at_us DESC, key DESC);
CREATE INDEX workflow_runs_due ON workflow_runs (due_us, key) WHERE due_us IS NOT NULL;

-- Starts that the engine does not have yet; `record` is the start as JSON.
CREATE TABLE workflow_outbox (
    at_us BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (at_us, key)
);
