-- What people said against a model's verdict. A row is never changed or removed while its mention is kept, but for
-- ``newest``, which the store moves on. A correction is of one content; label 'none' takes the one before back.

CREATE TABLE corrections (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    corrected_at TIMESTAMP NOT NULL,
    why VARCHAR NOT NULL,
    model_label VARCHAR,
    model VARCHAR,
    newest BOOLEAN NOT NULL
);
COMMENT ON COLUMN corrections.label IS 'negative, neutral or positive; none = the correction before is taken back';
COMMENT ON COLUMN corrections.model_label IS 'what the newest model said of this content then; null = no model had';
COMMENT ON COLUMN corrections.newest IS 'the last of its (mention, target); kept by the store';

COMMENT ON COLUMN verdicts.newest IS 'the last given of its (mention, content, target), by whichever model; kept by the store';

-- A correction of the present content stands before every verdict, as surely as a probability of 1. ``model`` is
-- still the model that judged last: its own verdict is in v_verdicts.
CREATE OR REPLACE VIEW v_standing_source AS
SELECT t.mention_id, t.said_at, t.target, t.kind, t.position, m.fresh, m.source, m.source_type, coalesce(s.story, m.id) AS story,
       coalesce(c.label, v.label) AS label,
       CASE WHEN c.label IS NOT NULL THEN 'corrected' ELSE coalesce(v.status, 'unjudged') END AS status,
       CASE WHEN c.label IS NOT NULL THEN c.label WHEN v.status = 'judged' THEN v.label
            ELSE coalesce(v.status, 'unjudged') END AS standing,
       CASE WHEN c.label IS NULL THEN v.negative ELSE (c.label = 'negative')::DOUBLE END AS negative,
       CASE WHEN c.label IS NULL THEN v.neutral ELSE (c.label = 'neutral')::DOUBLE END AS neutral,
       CASE WHEN c.label IS NULL THEN v.positive ELSE (c.label = 'positive')::DOUBLE END AS positive,
       v.model
FROM mention_targets AS t
JOIN mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id AND m.content_hash = t.content_hash
LEFT JOIN verdicts AS v
  ON v.said_at = t.said_at AND v.mention_id = t.mention_id AND v.content_hash = t.content_hash AND v.target = t.target AND v.newest
LEFT JOIN corrections AS c
  ON c.said_at = t.said_at AND c.mention_id = t.mention_id AND c.content_hash = t.content_hash AND c.target = t.target
 AND c.newest AND c.label <> 'none'
LEFT JOIN stories AS s ON s.said_at = t.said_at AND s.mention_id = t.mention_id
WHERE t.identity = (SELECT value FROM settings WHERE name = 'identity');

CREATE VIEW v_corrections AS
SELECT c.mention_id, c.said_at, c.content_hash, c.target, t.kind, c.label, c.who, c.corrected_at, c.why, c.model_label, c.model,
       t.status = 'corrected' AS holds
FROM corrections AS c
JOIN standing AS t ON t.said_at = c.said_at AND t.mention_id = c.mention_id AND t.target = c.target
WHERE c.newest AND c.label <> 'none';
COMMENT ON VIEW v_corrections IS 'one row per corrected (mention, target); holds = false: the text has changed since, to be confirmed';

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
       (SELECT max(last_success_at) FROM sources) AS last_collected_at,
       (SELECT count_if(holds) FROM v_corrections) AS corrected,
       (SELECT count_if(NOT holds) FROM v_corrections) AS to_confirm
FROM f, s;
COMMENT ON VIEW v_status IS 'the whole store in numbers; due_* count the newest content and the identity in force';
