-- Tables. No keys, sequences or enums: the store writes by MERGE and anti-join after touching write_guard, which
-- makes two concurrent writers meet. All times are UTC without an offset.
-- said_at = published_at, else seen_at. It never changes, so every row about a mention repeats it: rows arrive
-- roughly in its order, and a query about a period reads only the blocks of that period in every table.

CREATE TABLE migrations (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL);
CREATE TABLE write_guard (k VARCHAR NOT NULL, n BIGINT NOT NULL);
INSERT INTO write_guard VALUES ('store', 0);
CREATE TABLE settings (name VARCHAR NOT NULL, value VARCHAR NOT NULL);

CREATE TABLE sources (
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
    recent_gaps DOUBLE[] NOT NULL,
    dropped BIGINT NOT NULL,
    last_error VARCHAR,
    error_kind VARCHAR,
    failing_since TIMESTAMP
);
COMMENT ON COLUMN sources.polls IS 'successful polls';
COMMENT ON COLUMN sources.recent_gaps IS 'seconds between the last polls that brought something new, newest last';
COMMENT ON COLUMN sources.failing_since IS 'first failure since the last success; null = the last poll succeeded';

CREATE TABLE mentions (
    id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    published_at TIMESTAMP,
    seen_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP,
    fresh BOOLEAN NOT NULL,
    source VARCHAR NOT NULL,
    source_type VARCHAR NOT NULL,
    lang VARCHAR,
    voice VARCHAR,
    author VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    text VARCHAR NOT NULL
);
COMMENT ON TABLE mentions IS 'one row per mention, with its newest content';
COMMENT ON COLUMN mentions.published_at IS 'null = the source gave no believable date';
COMMENT ON COLUMN mentions.fresh IS 'published less than 48 h before seen, or undated from a source that had answered before';
COMMENT ON COLUMN mentions.author IS 'in clear for ours, else a keyed pseudonym';

CREATE TABLE mention_keys (key UUID NOT NULL, mention_id VARCHAR NOT NULL, said_at TIMESTAMP NOT NULL);
COMMENT ON COLUMN mention_keys.key IS '128-bit BLAKE2 of a key of the mention (link, guid, content)';

CREATE TABLE matches (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    relevant BOOLEAN NOT NULL,
    voice VARCHAR NOT NULL,
    speaker VARCHAR,
    rejected VARCHAR[] NOT NULL,
    matched_at TIMESTAMP NOT NULL
);
CREATE TABLE mention_targets (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    target VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    via VARCHAR NOT NULL,
    field VARCHAR,
    span_start INTEGER,
    span_end INTEGER,
    surface VARCHAR
);
COMMENT ON TABLE mention_targets IS 'targets of relevant mentions; an irrelevant mention has no row';

CREATE TABLE verdicts (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    negative DOUBLE NOT NULL,
    neutral DOUBLE NOT NULL,
    positive DOUBLE NOT NULL,
    label VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    judged_at TIMESTAMP NOT NULL,
    newest BOOLEAN NOT NULL
);
COMMENT ON COLUMN verdicts.newest IS 'the last judged of its (mention, content, target); kept by the store';

CREATE TABLE flags (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    level VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    role_mixing BOOLEAN NOT NULL,
    flagged_at TIMESTAMP NOT NULL,
    newest BOOLEAN NOT NULL
);
COMMENT ON COLUMN flags.newest IS 'the last given of its (mention, content, identity); kept by the store';
CREATE TABLE flag_conflicts (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    statement VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    severity VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    span_start INTEGER NOT NULL,
    span_end INTEGER NOT NULL,
    quote VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
CREATE TABLE flag_candidates (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    statement VARCHAR NOT NULL,
    score DOUBLE NOT NULL
);

CREATE TABLE stories (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    story VARCHAR NOT NULL,
    grouped_at TIMESTAMP NOT NULL
);

CREATE TABLE incidents (
    id VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    also VARCHAR[] NOT NULL,
    started_at TIMESTAMP NOT NULL,
    detected_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    peak_at TIMESTAMP NOT NULL,
    peak_count BIGINT NOT NULL,
    observed BIGINT NOT NULL,
    expected DOUBLE NOT NULL,
    score DOUBLE NOT NULL,
    saved_at TIMESTAMP NOT NULL
);
CREATE TABLE messages (
    id VARCHAR NOT NULL,
    incident VARCHAR,
    recipient VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    html VARCHAR NOT NULL,
    sender VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    next_at TIMESTAMP NOT NULL,
    claimed_at TIMESTAMP,
    finished_at TIMESTAMP,
    last_error VARCHAR
);
COMMENT ON COLUMN messages.state IS 'waiting, sending, sent or failed';
