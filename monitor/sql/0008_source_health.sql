-- How each source fares: when it usually brings something new, what its answers usually hold, and when it was down.

CREATE TABLE sources_now (
    source VARCHAR NOT NULL,
    etag VARCHAR,
    last_modified VARCHAR,
    url VARCHAR,
    cursor VARCHAR,
    not_before TIMESTAMP,
    retired BOOLEAN NOT NULL,
    polls BIGINT NOT NULL,
    last_attempt_at TIMESTAMP,
    last_success_at TIMESTAMP,
    last_new_at TIMESTAMP,
    new_hours INTEGER[] NOT NULL,
    dropped BIGINT NOT NULL,
    warnings VARCHAR[] NOT NULL,
    last_error VARCHAR,
    error_kind VARCHAR,
    failing_since TIMESTAMP,
    failures INTEGER NOT NULL,
    finite BOOLEAN NOT NULL,
    shape STRUCT(began TIMESTAMP, entries BIGINT, fewest BIGINT, dated DOUBLE, texted DOUBLE, undated BIGINT, untexted BIGINT),
    changed VARCHAR,
    changed_since TIMESTAMP
);
-- recent_gaps were the seconds between the last polls that brought something, newest last: the same in hours.
INSERT INTO sources_now BY NAME
SELECT * EXCLUDE (recent_gaps),
       list_sort(list_distinct(list_transform(range(0, CASE WHEN last_new_at IS NULL THEN 0 ELSE len(recent_gaps) + 1 END),
           i -> (floor((epoch(last_new_at) - coalesce(list_sum(list_slice(recent_gaps, len(recent_gaps) - i + 1,
               len(recent_gaps))), 0)) / 3600))::INTEGER))) AS new_hours,
       [] AS warnings, CASE WHEN failing_since IS NULL THEN 0 ELSE 1 END AS failures, false AS finite
FROM sources;
DROP TABLE sources;
ALTER TABLE sources_now RENAME TO sources;
COMMENT ON COLUMN sources.polls IS 'successful polls';
COMMENT ON COLUMN sources.new_hours IS 'the last hours (since 1970, UTC) in which it brought something new, newest last';
COMMENT ON COLUMN sources.warnings IS 'what was odd about the last answer that was read';
COMMENT ON COLUMN sources.failing_since IS 'first failure since the last success; null = the last poll succeeded';
COMMENT ON COLUMN sources.failures IS 'failed polls since the last success';
COMMENT ON COLUMN sources.finite IS 'it ends by itself: having nothing new is no sign of trouble';
COMMENT ON COLUMN sources.shape IS 'what its answers hold: shares with a date and a text, entries in a row without, fewest entries listed';
COMMENT ON COLUMN sources.changed IS 'dates, texts or entries: what its answers used to hold and do not hold any more';

CREATE TABLE source_episodes (
    id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    began_at TIMESTAMP NOT NULL,
    found_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    reason VARCHAR NOT NULL,
    error_kind VARCHAR NOT NULL,
    told_at TIMESTAMP
);
COMMENT ON TABLE source_episodes IS 'the times in which a source was failing, changed or silent; null ended_at = still so';
COMMENT ON COLUMN source_episodes.told_at IS 'when the mail to the operator was queued, in the same transaction; null = not yet';

CREATE TABLE backfills (
    source VARCHAR NOT NULL,
    since TIMESTAMP NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    url VARCHAR,
    cursor VARCHAR,
    not_before TIMESTAMP,
    polls INTEGER NOT NULL,
    mentions BIGINT NOT NULL
);
COMMENT ON TABLE backfills IS 'the last walk back of each source by hand, with its own cursor; null finished_at = not at its end yet';
