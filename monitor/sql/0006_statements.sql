-- What is said about each statement of the identity, in conflict with it or not.

CREATE TABLE flag_relations (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    statement VARCHAR NOT NULL,
    contradicts DOUBLE NOT NULL,
    in_line DOUBLE NOT NULL
);
COMMENT ON TABLE flag_relations IS 'how a mention stands to a statement a model compared it with: the rest up to 1 is neutral';

-- share = P(this statement | there is a conflict): what the text is about, also where there is no conflict.
-- A text touches a statement it conflicts with, one that a quarter of the share or more falls on, and one it is
-- more likely than not in line with.
CREATE VIEW v_touches AS
WITH part AS (
    SELECT mention_id, said_at, content_hash, identity, model, statement, rank, score, NULL AS conflict_rank,
           NULL AS severity, NULL AS quote, NULL AS in_line FROM flag_candidates
    UNION ALL
    SELECT mention_id, said_at, content_hash, identity, model, statement, rank, score, rank, severity, quote, NULL
    FROM flag_conflicts
    UNION ALL
    SELECT mention_id, said_at, content_hash, identity, model, statement, NULL, NULL, NULL, NULL, NULL, in_line
    FROM flag_relations
), touch AS (
    SELECT mention_id, said_at, content_hash, identity, model, statement, max(score) AS score,
           min(conflict_rank) AS conflict_rank, max(severity) AS severity, max(quote) AS quote, max(in_line) AS in_line
    FROM part GROUP BY ALL
)
SELECT t.mention_id, t.said_at, t.statement, coalesce(least(t.score / nullif(f.score, 0), 1), 0) AS share,
       CASE WHEN f.level <> 'none' THEN t.severity END AS severity,
       CASE WHEN f.level <> 'none' THEN t.conflict_rank END AS conflict_rank,
       CASE WHEN f.level <> 'none' THEN t.quote END AS quote,
       t.in_line, f.level, f.score AS flag_score, f.model,
       (f.level <> 'none' AND t.severity IS NOT NULL) OR coalesce(t.in_line, 0) > 0.5
           OR coalesce(t.score / nullif(f.score, 0), 0) >= 0.25 AS touches
FROM touch AS t
JOIN v_flags AS f
  ON f.said_at = t.said_at AND f.mention_id = t.mention_id AND f.content_hash = t.content_hash
 AND f.identity = t.identity AND f.model = t.model;
COMMENT ON VIEW v_touches IS 'one row per (mention, statement) of the newest flag; severity is null where there is no conflict with it';

-- Two sides: what we said ourselves, and what others said. Within a side a story counts once, when its first copy
-- that touches the statement was said.
CREATE VIEW v_said AS
SELECT t.mention_id, t.said_at, t.statement, t.severity, t.in_line, m.story, m.voice, m.speaker,
       CASE WHEN m.voice = 'third_party' THEN 'others' ELSE 'own' END AS side
FROM v_touches AS t
JOIN v_mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id
WHERE t.touches AND m.relevant;
COMMENT ON VIEW v_said IS 'one row per (mention, statement it touches), with whose side said it';

CREATE VIEW v_coverage AS
SELECT mention_id, said_at, flag_score, level, max(share) AS best_share, arg_max(statement, share) AS nearest
FROM v_touches GROUP BY ALL;
COMMENT ON VIEW v_coverage IS 'how well the best statement fits a flagged mention; a low share = no statement is about this';
