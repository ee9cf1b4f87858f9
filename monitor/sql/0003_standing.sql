-- What is derived for speed; the store keeps both up to date in the transactions that change what they derive from.

-- v_standing over a million mentions joins four tables; its rows are kept as a table instead. The view that says
-- what they mean stays as v_standing_source, and a test holds the two equal.
ALTER VIEW v_standing RENAME TO v_standing_source;
CREATE TABLE standing AS FROM v_standing_source ORDER BY said_at;
COMMENT ON TABLE standing IS 'the rows of v_standing_source';
CREATE VIEW v_standing AS FROM standing;
COMMENT ON VIEW v_standing IS 'one row per relevant (mention, target): standing = negative, neutral, positive, unsure or unjudged';

CREATE TABLE done (step VARCHAR NOT NULL, key VARCHAR NOT NULL, before TIMESTAMP NOT NULL);
COMMENT ON TABLE done IS 'nothing said earlier than this is due for the step (match, story, verdict or flag) and key (identity, model)';

CREATE OR REPLACE VIEW v_status AS
WITH f AS (
    SELECT coalesce(max(before) FILTER (step = 'match'), TIMESTAMP '0001-01-01') AS matched,
           coalesce(max(before) FILTER (step = 'flag'), TIMESTAMP '0001-01-01') AS flagged
    FROM done WHERE starts_with(key, (SELECT value FROM settings WHERE name = 'identity'))
), s AS (
    SELECT count_if(position = 0) AS relevant, count(DISTINCT story) AS stories, count(model) AS verdicts,
           count_if(model IS NULL) AS due_judge
    FROM standing
)
SELECT (SELECT count(*) FROM mentions) AS mentions, s.relevant, s.stories, s.verdicts,
       (SELECT count(*) FROM v_flags WHERE level <> 'none') AS flagged,
       (SELECT count(*) FROM incidents) AS incidents,
       (SELECT count_if(ended_at IS NULL) FROM incidents) AS open_incidents,
       (SELECT count_if(state = 'sent') FROM messages) AS mails_sent,
       (SELECT count_if(state IN ('waiting', 'sending')) FROM messages) AS mails_waiting,
       (SELECT count_if(state = 'failed') FROM messages) AS mails_failed,
       (SELECT count(*) FROM mentions AS m WHERE m.said_at >= f.matched AND NOT EXISTS (
            FROM matches AS x WHERE x.said_at >= f.matched AND x.said_at = m.said_at AND x.mention_id = m.id
            AND x.content_hash = m.content_hash AND x.identity = (SELECT value FROM settings WHERE name = 'identity'))
       ) AS due_match,
       s.due_judge,
       (SELECT count(*) FROM standing AS t WHERE t.position = 0 AND t.said_at >= f.flagged AND NOT EXISTS (
            FROM v_flags AS g WHERE g.said_at >= f.flagged AND g.said_at = t.said_at AND g.mention_id = t.mention_id)
       ) AS due_flag,
       (SELECT min(said_at) FROM mentions) AS first_published_at,
       (SELECT max(said_at) FROM mentions) AS last_published_at,
       (SELECT max(last_success_at) FROM sources) AS last_collected_at
FROM f, s;
COMMENT ON VIEW v_status IS 'the whole store in numbers; due_* count the newest content and the identity in force';

-- Only what is in conflict has rows in flag_conflicts: joining the others costs forty times the rows.
CREATE OR REPLACE VIEW v_conflicts AS
SELECT c.mention_id, c.said_at, c.rank, c.statement, c.score, c.severity, c.field, c.span_start, c.span_end, c.quote, c.reason,
       f.level, f.score AS flag_score, f.role_mixing, f.model
FROM flag_conflicts AS c
JOIN v_flags AS f
  ON f.said_at = c.said_at AND f.mention_id = c.mention_id AND f.content_hash = c.content_hash
 AND f.identity = c.identity AND f.model = c.model AND f.level <> 'none';
COMMENT ON VIEW v_conflicts IS 'one row per statement a mention conflicts with, the main one has rank 1';
