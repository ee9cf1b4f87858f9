-- How a mention stands to each statement it was compared with, in numbers that can be added up.

-- What a person decided is certain: a confirmed flag for its main statement, a dismissed one for all of them. Where no model compares text and statement one by one, P(against) is the part of
-- P(conflict) that falls on the statement, and in line is not known.
CREATE VIEW v_stances AS
WITH part AS (
    SELECT mention_id, said_at, content_hash, identity, model, statement, contradicts, in_line, NULL AS score,
           NULL AS severity, NULL AS field, NULL AS quote FROM flag_relations
    UNION ALL
    SELECT mention_id, said_at, content_hash, identity, model, statement, NULL, NULL, score, NULL, NULL, NULL
    FROM flag_candidates
    UNION ALL
    SELECT mention_id, said_at, content_hash, identity, model, statement, NULL, NULL, score, severity, field, quote
    FROM flag_conflicts
), one AS (
    SELECT mention_id, said_at, content_hash, identity, model, statement, max(contradicts) AS contradicts,
           max(in_line) AS in_line, max(score) AS score, max(severity) AS severity, max(field) AS field, max(quote) AS quote
    FROM part GROUP BY ALL
)
SELECT o.mention_id, o.said_at, o.statement,
       CASE WHEN k.state = 'confirmed' AND k.statement = o.statement AND o.severity IS NOT NULL THEN 1
            WHEN k.state IN ('dismissed', 'set_aside') AND o.severity IS NOT NULL THEN 0
            ELSE coalesce(o.contradicts, o.score, 0) END::DOUBLE AS contradicts,
       CASE WHEN o.in_line IS NOT NULL AND k.level <> 'none' AND o.severity IS NOT NULL THEN 0 ELSE o.in_line END::DOUBLE AS in_line,
       CASE WHEN k.level <> 'none' THEN o.severity END AS severity,
       CASE WHEN k.level <> 'none' THEN o.field END AS field,
       CASE WHEN k.level <> 'none' THEN o.quote END AS quote
FROM one AS o
JOIN v_flags AS f
  ON f.said_at = o.said_at AND f.mention_id = o.mention_id AND f.content_hash = o.content_hash
 AND f.identity = o.identity AND f.model = o.model
LEFT JOIN v_cases AS k ON k.said_at = o.said_at AND k.mention_id = o.mention_id;
COMMENT ON VIEW v_stances IS 'one row per (mention, statement it was compared with): P(against), P(in line), and the flag on it that counts';
