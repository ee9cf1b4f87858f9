-- Views carry what the numbers mean; everything the dashboard shows is a SELECT over these.
-- "Current" = the newest content of the mention, matched against the identity in force (settings 'identity').

CREATE VIEW v_mentions AS
SELECT m.id, m.said_at, m.content_hash, m.published_at, m.published_at IS NOT NULL AS dated, m.seen_at, m.updated_at,
       m.fresh, m.source, m.source_type, m.lang, coalesce(x.voice, m.voice, 'third_party') AS voice, x.speaker,
       m.author, m.url, m.title, m.text, coalesce(x.relevant, false) AS relevant, x.relevant IS NOT NULL AS matched,
       coalesce(s.story, m.id) AS story
FROM mentions AS m
LEFT JOIN matches AS x
  ON x.said_at = m.said_at AND x.mention_id = m.id AND x.content_hash = m.content_hash
 AND x.identity = (SELECT value FROM settings WHERE name = 'identity')
LEFT JOIN stories AS s ON s.said_at = m.said_at AND s.mention_id = m.id;
COMMENT ON VIEW v_mentions IS 'every mention with its newest content, who speaks, whether it is about us, its story';

CREATE VIEW v_verdicts AS
SELECT v.mention_id, v.said_at, v.content_hash, v.target, v.model, v.negative, v.neutral, v.positive, v.label, v.status, v.judged_at
FROM verdicts AS v
JOIN mentions AS m ON m.said_at = v.said_at AND m.id = v.mention_id AND m.content_hash = v.content_hash
WHERE v.newest;
COMMENT ON VIEW v_verdicts IS 'the newest verdict on the newest content, one row per (mention, target)';

-- standing: what a reader thinks afterwards. Doubt is its own value and never neutral.
CREATE VIEW v_standing AS
SELECT t.mention_id, t.said_at, t.target, t.kind, t.position, m.fresh, m.source, m.source_type, coalesce(s.story, m.id) AS story,
       v.label, coalesce(v.status, 'unjudged') AS status,
       CASE coalesce(v.status, 'unjudged') WHEN 'judged' THEN v.label ELSE coalesce(v.status, 'unjudged') END AS standing,
       v.negative, v.neutral, v.positive, v.model
FROM mention_targets AS t
JOIN mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id AND m.content_hash = t.content_hash
LEFT JOIN verdicts AS v
  ON v.said_at = t.said_at AND v.mention_id = t.mention_id AND v.content_hash = t.content_hash AND v.target = t.target AND v.newest
LEFT JOIN stories AS s ON s.said_at = t.said_at AND s.mention_id = t.mention_id
WHERE t.identity = (SELECT value FROM settings WHERE name = 'identity');
COMMENT ON VIEW v_standing IS 'one row per relevant (mention, target): standing = negative, neutral, positive, unsure or unjudged';

CREATE VIEW v_flags AS
SELECT f.mention_id, f.said_at, f.content_hash, f.identity, f.model, f.level, f.score, f.role_mixing, f.flagged_at
FROM flags AS f
JOIN mentions AS m ON m.said_at = f.said_at AND m.id = f.mention_id AND m.content_hash = f.content_hash
WHERE f.newest AND f.identity = (SELECT value FROM settings WHERE name = 'identity');
COMMENT ON VIEW v_flags IS 'the newest identity verdict on the newest content, one row per flagged mention';

CREATE VIEW v_conflicts AS
SELECT c.mention_id, c.said_at, c.rank, c.statement, c.score, c.severity, c.field, c.span_start, c.span_end, c.quote, c.reason,
       f.level, f.score AS flag_score, f.role_mixing, f.model
FROM flag_conflicts AS c
JOIN v_flags AS f
  ON f.said_at = c.said_at AND f.mention_id = c.mention_id AND f.content_hash = c.content_hash
 AND f.identity = c.identity AND f.model = c.model;
COMMENT ON VIEW v_conflicts IS 'one row per statement a mention conflicts with, the main one has rank 1';

CREATE VIEW v_stories AS
SELECT story, min(said_at) AS first_at, max(said_at) AS last_at, count(DISTINCT mention_id) AS mentions
FROM v_standing GROUP BY story;
COMMENT ON VIEW v_stories IS 'copies and near-copies of one story; a mention that was not grouped is its own story';

CREATE VIEW v_status AS
SELECT (SELECT count(*) FROM mentions) AS mentions,
       (SELECT count_if(relevant) FROM v_mentions) AS relevant,
       (SELECT count(DISTINCT story) FROM v_mentions WHERE relevant) AS stories,
       (SELECT count(*) FROM v_standing WHERE status <> 'unjudged') AS verdicts,
       (SELECT count_if(level <> 'none') FROM v_flags) AS flagged,
       (SELECT count(*) FROM incidents) AS incidents,
       (SELECT count_if(ended_at IS NULL) FROM incidents) AS open_incidents,
       (SELECT count_if(state = 'sent') FROM messages) AS mails_sent,
       (SELECT count_if(state IN ('waiting', 'sending')) FROM messages) AS mails_waiting,
       (SELECT count_if(state = 'failed') FROM messages) AS mails_failed,
       (SELECT count_if(NOT matched) FROM v_mentions) AS due_match,
       (SELECT count_if(model IS NULL) FROM v_standing) AS due_judge,
       (SELECT count(*) FROM v_mentions AS m WHERE relevant AND NOT EXISTS (
            FROM v_flags AS f WHERE f.said_at = m.said_at AND f.mention_id = m.id)) AS due_flag,
       (SELECT min(said_at) FROM mentions) AS first_published_at,
       (SELECT max(said_at) FROM mentions) AS last_published_at,
       (SELECT max(last_success_at) FROM sources) AS last_collected_at;
COMMENT ON VIEW v_status IS 'the whole store in numbers; due_* count the newest content and the identity in force';
