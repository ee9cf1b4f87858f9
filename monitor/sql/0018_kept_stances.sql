-- How mentions stand to statements, kept as the flows write: v_stances_source says what the table means, the store keeps
-- it equal, and a test holds the two equal (as in 0015_aggregates.sql). A flag that is not shown has no rows here.

-- A text touches a statement it conflicts with, one that a quarter of the share or more falls on, and one it is more
-- likely than not in line with.
CREATE MACRO touches_statement(level, flag_score, score, severity, in_line) AS
    (level <> 'none' AND severity IS NOT NULL) OR coalesce(in_line, 0) > 0.5
    OR coalesce(score / nullif(flag_score, 0), 0) >= 0.25;

CREATE VIEW v_stances_source AS
WITH part AS (
    SELECT mention_id, said_at, content_hash, identity, model, statement, NULL AS contradicts, NULL AS in_line, score,
           NULL AS conflict_rank, NULL AS severity, NULL AS field, NULL AS quote FROM flag_candidates
    UNION ALL
    SELECT mention_id, said_at, content_hash, identity, model, statement, NULL, NULL, score, rank, severity, field, quote
    FROM flag_conflicts
    UNION ALL
    SELECT mention_id, said_at, content_hash, identity, model, statement, contradicts, in_line, NULL, NULL, NULL, NULL, NULL
    FROM flag_relations
), one AS (
    SELECT mention_id, said_at, content_hash, identity, model, statement, max(contradicts) AS contradicts,
           max(in_line) AS in_line, max(score) AS score, min(conflict_rank) AS conflict_rank, max(severity) AS severity,
           max(field) AS field, max(quote) AS quote
    FROM part GROUP BY ALL
)
SELECT o.mention_id, o.said_at, o.statement, m.story, m.voice, m.speaker, m.relevant, f.model, f.level,
       f.score AS flag_score, o.score, o.contradicts, o.in_line, o.conflict_rank, o.severity, o.field, o.quote,
       touches_statement(f.level, f.score, o.score, o.severity, o.in_line) AS touches
FROM one AS o
JOIN v_flags AS f
  ON f.said_at = o.said_at AND f.mention_id = o.mention_id AND f.content_hash = o.content_hash
 AND f.identity = o.identity AND f.model = o.model
JOIN v_mentions AS m ON m.said_at = o.said_at AND m.id = o.mention_id;
CREATE TABLE stances AS FROM v_stances_source ORDER BY said_at, mention_id, statement;
COMMENT ON TABLE stances IS 'one row per (mention, statement its newest flag names), with whose words it is; read by v_touches, v_said, v_stances';
COMMENT ON COLUMN stances.score IS 'the part of P(conflict), which is flag_score, that falls on the statement';
COMMENT ON COLUMN stances.contradicts IS 'P(against), and in_line P(in line), of a model that compares text and statement; null = none did';
COMMENT ON COLUMN stances.severity IS 'of the conflict with the statement, as rank, field and quote; null = none. Level says whether the flag stands';

CREATE OR REPLACE VIEW v_touches AS
SELECT mention_id, said_at, statement, coalesce(least(score / nullif(flag_score, 0), 1), 0) AS share,
       CASE WHEN level <> 'none' THEN severity END AS severity,
       CASE WHEN level <> 'none' THEN conflict_rank END AS conflict_rank,
       CASE WHEN level <> 'none' THEN quote END AS quote,
       in_line, level, flag_score, model, touches
FROM stances;
COMMENT ON VIEW v_touches IS 'one row per (mention, statement) of the newest flag; severity is null where there is no conflict with it';

CREATE OR REPLACE VIEW v_said AS
SELECT mention_id, said_at, statement, CASE WHEN level <> 'none' THEN severity END AS severity, in_line, story, voice,
       speaker, CASE WHEN voice = 'third_party' THEN 'others' ELSE 'own' END AS side
FROM stances WHERE touches AND relevant;
COMMENT ON VIEW v_said IS 'one row per (mention, statement it touches), with whose side said it';

-- As in 0017_stances.sql, over ``stances``.
CREATE OR REPLACE VIEW v_stances AS
SELECT o.mention_id, o.said_at, o.statement,
       CASE WHEN k.state = 'confirmed' AND k.statement = o.statement AND o.severity IS NOT NULL THEN 1
            WHEN k.state IN ('dismissed', 'set_aside') AND o.severity IS NOT NULL THEN 0
            ELSE coalesce(o.contradicts, o.score, 0) END::DOUBLE AS contradicts,
       CASE WHEN o.in_line IS NOT NULL AND k.level <> 'none' AND o.severity IS NOT NULL THEN 0 ELSE o.in_line END::DOUBLE AS in_line,
       CASE WHEN k.level <> 'none' THEN o.severity END AS severity,
       CASE WHEN k.level <> 'none' THEN o.field END AS field,
       CASE WHEN k.level <> 'none' THEN o.quote END AS quote
FROM stances AS o LEFT JOIN v_cases AS k ON k.said_at = o.said_at AND k.mention_id = o.mention_id;
COMMENT ON VIEW v_stances IS 'one row per (mention, statement it was compared with): P(against), P(in line), and the flag on it that counts';

-- --- who talks, and where -----------------------------------------------------------------------------------------

-- The host of an address, and whether a text answers another, are told from the texts themselves. The page Audience asks
-- for them of every mention of a period, so they are kept beside what a mention is filtered by.
CREATE MACRO place_of(url) AS
    regexp_extract(lower(url), '^https?://(?:[^/@?#]*@)?(?:www[.]|m[.])?([^/:?#]+)', 1);
CREATE MACRO answers_another(title, text) AS
    left(ltrim(text), 1) = '@' OR regexp_matches(lower(title), '^(re|sv|svar|vs):');

CREATE OR REPLACE VIEW v_listed_source AS
SELECT m.id AS mention_id, m.said_at, m.source, m.source_type, m.voice, m.speaker, m.story, m.relevant, f.level,
    m.author, place_of(m.url) AS place, m.title <> '' AS titled, answers_another(m.title, m.text) AS answers
FROM v_mentions AS m LEFT JOIN v_flags AS f ON f.said_at = m.said_at AND f.mention_id = m.id;
CREATE OR REPLACE TABLE listed AS FROM v_listed_source ORDER BY said_at;
COMMENT ON TABLE listed IS 'one row per mention with what it is filtered and grouped by: v_mentions without its words';
COMMENT ON COLUMN listed.level IS 'of its newest flag: none, minor or major; null = not compared with the identity in force';
COMMENT ON COLUMN listed.place IS 'the host of its address, without www. and m.; empty = it has none';
COMMENT ON COLUMN listed.answers IS 'it begins as an answer does: with @ and a name, or a title with Re: or Sv:';
