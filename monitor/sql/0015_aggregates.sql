-- What pages count, kept as the flows write, so that a page costs the same whatever its period. As with ``standing``, a
-- view says what each table means (v_..._source), the store keeps the table equal to it in the transaction that changes
-- what it derives from, and a test holds the two equal.

-- --- stories -----------------------------------------------------------------------------------------------------

-- What a story says toward a target: what a person corrected, else what most of its judged copies do, in a tie the less
-- favourable; doubt only where no copy is judged.
CREATE MACRO story_label(person, negative, neutral, positive, unsure) AS
    CASE WHEN person IS NOT NULL THEN person
         WHEN negative + neutral + positive = 0 THEN CASE WHEN unsure > 0 THEN 'unsure' ELSE 'unjudged' END
         WHEN negative >= neutral AND negative >= positive THEN 'negative'
         WHEN neutral >= positive THEN 'neutral' ELSE 'positive' END;

-- A story counts by its copies in the period asked for, so counts of stories do not add up over periods: but one that
-- lies wholly within a period counts in it as it does in every other such period. Those are counted in advance; what
-- crosses an end of the period is counted from its copies.
--   place: others or own = all copies were said there. A story said in both has three rows: what it is where only the
--   others (others_part) or only our own meeting places (own_part) are asked for, and where both are (whole).
--   main: one row of every story, to count stories without regard to targets.
CREATE VIEW v_story_standing_source AS
WITH whole AS (
    SELECT story, target, any_value(kind) AS kind, count(*) AS copies, min(said_at) AS first_at, max(said_at) AS last_at,
        count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
        count_if(standing = 'positive') AS positive, count_if(standing = 'unsure') AS unsure,
        arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected') AS person, max(weight) AS heaviest,
        CASE WHEN bool_and(own_place) THEN 'own' WHEN NOT bool_or(own_place) THEN 'others' ELSE 'whole' END AS place
    FROM v_weighted GROUP BY story, target
), part AS (
    SELECT s.story, s.target, any_value(s.kind) AS kind, count(*) AS copies, min(said_at) AS first_at,
        max(said_at) AS last_at,
        count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
        count_if(standing = 'positive') AS positive, count_if(standing = 'unsure') AS unsure,
        arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected') AS person, max(weight) AS heaviest,
        CASE WHEN own_place THEN 'own_part' ELSE 'others_part' END AS place
    FROM v_weighted AS s
    WHERE (story, target) IN (SELECT (w.story, w.target) FROM whole AS w WHERE w.place = 'whole')
    GROUP BY s.story, s.target, own_place
), span AS (
    SELECT story, min(first_at) AS began_at, max(last_at) AS ended_at, min(target) AS main FROM whole GROUP BY story
)
SELECT r.story, r.target, r.kind, r.place, r.first_at, r.last_at, r.copies,
    story_label(r.person, r.negative, r.neutral, r.positive, r.unsure) AS standing,
    r.heaviest * copies_factor(r.copies) AS weight, r.target = s.main AND NOT ends_with(r.place, '_part') AS main,
    s.began_at, s.ended_at
FROM (FROM whole UNION ALL BY NAME FROM part) AS r JOIN span AS s ON s.story = r.story;
CREATE TABLE story_standing AS FROM v_story_standing_source ORDER BY began_at, story, target;
COMMENT ON TABLE story_standing IS 'one row per (story, target): how the whole story stands, from its first copy to its last, with its weight now';
COMMENT ON COLUMN story_standing.place IS 'others, own, or for a story said in both others_part, own_part and whole';
COMMENT ON COLUMN story_standing.main IS 'true in one row of every story';
COMMENT ON COLUMN story_standing.began_at IS 'the first copy toward any target; ended_at: the last';

CREATE VIEW v_story_counts_source AS
SELECT date_trunc('hour', first_at) AS hour, target, kind, place, standing, count(*) AS stories,
    sum(copies)::BIGINT AS mentions, sum(weight) AS weight, sum(weight * weight) AS squares, count_if(main) AS mains
FROM story_standing GROUP BY ALL;
CREATE TABLE story_counts AS FROM v_story_counts_source ORDER BY hour;
COMMENT ON TABLE story_counts IS 'whole stories by the hour (UTC) of their first copy; mentions = their copies, squares = the sum of squared weights';

-- --- mentions ----------------------------------------------------------------------------------------------------

CREATE VIEW v_listed_source AS
SELECT m.id AS mention_id, m.said_at, m.source, m.source_type, m.voice, m.speaker, m.story, m.relevant,
    f.level
FROM v_mentions AS m LEFT JOIN v_flags AS f ON f.said_at = m.said_at AND f.mention_id = m.id;
CREATE TABLE listed AS FROM v_listed_source ORDER BY said_at;
COMMENT ON TABLE listed IS 'one row per mention with what it is filtered by: v_mentions without its words';
COMMENT ON COLUMN listed.level IS 'of its newest flag: none, minor or major; null = not compared with the identity in force';

CREATE OR REPLACE VIEW v_said AS
SELECT t.mention_id, t.said_at, t.statement, t.severity, t.in_line, m.story, m.voice, m.speaker,
       CASE WHEN m.voice = 'third_party' THEN 'others' ELSE 'own' END AS side
FROM v_touches AS t
JOIN listed AS m ON m.said_at = t.said_at AND m.mention_id = t.mention_id
WHERE t.touches AND m.relevant;
COMMENT ON VIEW v_said IS 'one row per (mention, statement it touches), with whose side said it';

-- --- cases -------------------------------------------------------------------------------------------------------

ALTER VIEW v_raised RENAME TO v_raised_source;
CREATE VIEW v_raised_row_source AS
SELECT f.*, c.statement, coalesce(s.story, f.mention_id) AS story, x.voice, m.source_type, m.updated_at
FROM v_raised_source AS f
JOIN mentions AS m ON m.said_at = f.said_at AND m.id = f.mention_id
LEFT JOIN matches AS x ON x.said_at = f.said_at AND x.mention_id = f.mention_id AND x.content_hash = f.content_hash
 AND x.identity = f.identity
LEFT JOIN flag_conflicts AS c ON c.said_at = f.said_at AND c.mention_id = f.mention_id
 AND c.content_hash = f.content_hash AND c.identity = f.identity AND c.model = f.model AND c.rank = 1
LEFT JOIN stories AS s ON s.said_at = f.said_at AND s.mention_id = f.mention_id;
CREATE TABLE raised AS FROM v_raised_row_source ORDER BY said_at;
COMMENT ON TABLE raised IS 'one row per flag a person looks at, with its main statement (null = it names none) and its story';
CREATE VIEW v_raised AS
SELECT mention_id, said_at, content_hash, identity, model, level, score, role_mixing, flagged_at FROM raised;
COMMENT ON VIEW v_raised IS 'the flags a person looks at, one row per mention: level is minor or major';

-- As before, over ``raised``: of a million mentions a few in a hundred are joined.
CREATE OR REPLACE VIEW v_cases AS
WITH f AS (
    SELECT f.*, a.weights AS w, d.number AS own, d.action,
        d.content_hash = f.content_hash AND d.identity = f.identity AS own_holds
    FROM raised AS f
    LEFT JOIN v_adjustment AS a ON a.identity = f.identity AND a.model = f.model
    LEFT JOIN v_decisions AS d ON d.said_at = f.said_at AND d.mention_id = f.mention_id
    WHERE f.statement IS NOT NULL AND f.voice IS NOT NULL
), g AS (
    SELECT f.*, l.number AS decision,
        CASE WHEN f.action IN ('confirmed', 'dismissed') THEN f.own_holds
             ELSE l.identity = f.identity AND (f.updated_at IS NULL OR f.updated_at <= l.acted_at) END AS holds,
        CASE WHEN w IS NULL THEN f.score ELSE 1 / (1 + exp(-(coalesce(w['bias'], 0)
            + coalesce(w['score'], 1) * ln(greatest(f.score, 1e-6) / greatest(1 - f.score, 1e-6))
            + coalesce(w['voice:' || f.voice], 0) + coalesce(w['source:' || f.source_type], 0)
            + coalesce(w['statement:' || f.statement], 0)
            + CASE WHEN f.role_mixing THEN coalesce(w['role_mixing'], 0) ELSE 0 END))) END AS adjusted_score,
        l.action AS said
    FROM f
    LEFT JOIN v_dismissed_stories AS k ON k.story = f.story AND k.statement = f.statement AND f.action IS NULL
    LEFT JOIN case_log AS l ON l.number = coalesce(k.number, CASE WHEN f.action <> 'reopened' THEN f.own END)
)
SELECT mention_id, said_at, content_hash, identity, model, story, statement, voice, source_type, role_mixing, flagged_at,
       level AS model_level, score AS model_score, adjusted_score AS score, w IS NOT NULL AS adjusted,
       CASE WHEN holds THEN said WHEN decision IS NOT NULL THEN 'to_confirm'
            WHEN w IS NOT NULL AND adjusted_score < 0.5 AND action IS NULL THEN 'set_aside' ELSE 'open' END AS state,
       CASE WHEN state IN ('dismissed', 'set_aside') THEN 'none' ELSE level END AS level,
       decision
FROM g;
COMMENT ON VIEW v_cases IS 'one row per flag, with what stands for it: open, to_confirm, confirmed, dismissed or set_aside';

-- --- the whole store ---------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW v_status AS
WITH f AS (
    SELECT coalesce(max(before) FILTER (step = 'match'), TIMESTAMP '0001-01-01') AS matched,
           coalesce(max(before) FILTER (step = 'flag'), TIMESTAMP '0001-01-01') AS flagged
    FROM done WHERE starts_with(key, (SELECT value FROM settings WHERE name = 'identity'))
), s AS (SELECT count_if(position = 0) AS relevant, count(model) AS verdicts, count_if(model IS NULL) AS due_judge FROM standing)
SELECT (SELECT count(*) FROM mentions) AS mentions, s.relevant,
       (SELECT coalesce(sum(mains), 0)::BIGINT FROM story_counts) AS stories, s.verdicts,
       (SELECT count_if(level <> 'none') FROM raised) AS flagged,
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
