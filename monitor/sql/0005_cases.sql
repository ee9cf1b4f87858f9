-- What people decided about flags, and what their decisions taught. Both logs only grow: no row is ever changed, and
-- only deleting a mention deletes its rows. ``number`` is the order in which things were said.

CREATE TABLE case_log (
    number BIGINT NOT NULL,
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    words VARCHAR NOT NULL,
    assignee VARCHAR,
    who VARCHAR NOT NULL,
    acted_at TIMESTAMP NOT NULL,
    statement VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    level VARCHAR NOT NULL,
    score DOUBLE NOT NULL
);
COMMENT ON TABLE case_log IS 'mention, decision, reason, who, when, outcome: one row for each thing a person did with a flag';
COMMENT ON COLUMN case_log.action IS 'confirmed, dismissed, reopened, assigned, answered or outcome';
COMMENT ON COLUMN case_log.words IS 'the reason, the answer, or what came of it';
COMMENT ON COLUMN case_log.statement IS 'the main statement of the flag then; model, level and score are of that flag too';

CREATE TABLE adjustments (
    number BIGINT NOT NULL,
    revision VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    fitted_at TIMESTAMP NOT NULL,
    used BOOLEAN NOT NULL,
    why VARCHAR NOT NULL,
    cases INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    stories INTEGER NOT NULL,
    log_loss DOUBLE,
    log_loss_model DOUBLE,
    log_loss_majority DOUBLE,
    gain_low DOUBLE,
    gain_high DOUBLE,
    f1 DOUBLE,
    f1_model DOUBLE,
    f1_majority DOUBLE
);
COMMENT ON TABLE adjustments IS 'what was learnt from decided cases, with its cross-validated effect; the last row counts';
COMMENT ON COLUMN adjustments.why IS 'helps, not_allowed, too_few, one_sided, no_gain or no_flags: why it is used or not';
CREATE TABLE adjustment_weights (number BIGINT NOT NULL, feature VARCHAR NOT NULL, weight DOUBLE NOT NULL);

CREATE VIEW v_adjustment AS
SELECT a.number, a.revision, a.identity, a.model, (
    SELECT map_from_entries(list((w.feature, w.weight))) FROM adjustment_weights AS w WHERE w.number = a.number) AS weights
FROM adjustments AS a
WHERE a.used AND a.number = (SELECT max(number) FROM adjustments)
AND a.identity = (SELECT value FROM settings WHERE name = 'identity');
COMMENT ON VIEW v_adjustment IS 'the adjustment in force: one row or none';

CREATE VIEW v_decisions AS
SELECT * FROM case_log WHERE action IN ('confirmed', 'dismissed', 'reopened')
QUALIFY row_number() OVER (PARTITION BY mention_id ORDER BY number DESC) = 1;
COMMENT ON VIEW v_decisions IS 'the last decision on each mention, whether or not it still holds';

-- A dismissal is of a story: copies with the same main statement share the first one. A later confirmation of one of
-- them ends that. Under each identity anew: the newest identity that anything was decided under is the one that counts.
CREATE VIEW v_dismissed_stories AS
WITH d AS (
    SELECT coalesce(s.story, d.mention_id) AS story, d.statement, d.identity,
        min(d.number) FILTER (d.action = 'dismissed') AS first,
        max(d.number) FILTER (d.action = 'dismissed') AS dismissed,
        coalesce(max(d.number) FILTER (d.action = 'confirmed'), 0) AS confirmed,
        max(d.number) AS last
    FROM v_decisions AS d
    LEFT JOIN stories AS s ON s.said_at = d.said_at AND s.mention_id = d.mention_id
    WHERE d.action <> 'reopened'
    GROUP BY 1, 2, 3
)
SELECT story, statement, identity, first AS number
FROM (FROM d QUALIFY row_number() OVER (PARTITION BY story, statement ORDER BY last DESC) = 1)
WHERE dismissed > confirmed;
COMMENT ON VIEW v_dismissed_stories IS 'one row per dismissed (story, main statement), with the first dismissal';

-- A person's word stands before any model: what was confirmed stays a flag when a new model no longer raises it.
CREATE VIEW v_raised AS
SELECT * FROM v_flags WHERE level <> 'none'
UNION ALL
SELECT f.mention_id, f.said_at, f.content_hash, f.identity, f.model, f.level, f.score, f.role_mixing, f.flagged_at
FROM v_flags AS n
JOIN v_decisions AS d ON d.said_at = n.said_at AND d.mention_id = n.mention_id AND d.content_hash = n.content_hash
 AND d.identity = n.identity AND d.action = 'confirmed'
JOIN flags AS f ON f.said_at = d.said_at AND f.mention_id = d.mention_id AND f.content_hash = d.content_hash
 AND f.identity = d.identity AND f.model = d.model
WHERE n.level = 'none' AND f.level <> 'none';
COMMENT ON VIEW v_raised IS 'the flags a person looks at, one row per mention: level is minor or major';

CREATE OR REPLACE VIEW v_conflicts AS
SELECT c.mention_id, c.said_at, c.rank, c.statement, c.score, c.severity, c.field, c.span_start, c.span_end, c.quote, c.reason,
       f.level, f.score AS flag_score, f.role_mixing, f.model
FROM flag_conflicts AS c
JOIN v_raised AS f
  ON f.said_at = c.said_at AND f.mention_id = c.mention_id AND f.content_hash = c.content_hash
 AND f.identity = c.identity AND f.model = c.model;
COMMENT ON VIEW v_conflicts IS 'one row per statement a mention conflicts with, the main one has rank 1';

-- What stands for each flag. A decision holds for the content and the identity it was made under; one inherited from a
-- copy holds while the mention itself has not been edited since.
CREATE VIEW v_cases AS
WITH f AS (
    SELECT f.mention_id, f.said_at, f.content_hash, f.identity, f.model, f.level, f.score, f.role_mixing, f.flagged_at,
        c.statement, coalesce(s.story, f.mention_id) AS story, x.voice, m.source_type, m.updated_at, a.weights AS w,
        d.number AS own, d.action, d.content_hash = f.content_hash AND d.identity = f.identity AS own_holds
    FROM v_raised AS f
    JOIN mentions AS m ON m.said_at = f.said_at AND m.id = f.mention_id
    JOIN matches AS x ON x.said_at = f.said_at AND x.mention_id = f.mention_id AND x.content_hash = f.content_hash
     AND x.identity = f.identity
    JOIN flag_conflicts AS c ON c.said_at = f.said_at AND c.mention_id = f.mention_id
     AND c.content_hash = f.content_hash AND c.identity = f.identity AND c.model = f.model AND c.rank = 1
    LEFT JOIN stories AS s ON s.said_at = f.said_at AND s.mention_id = f.mention_id
    LEFT JOIN v_adjustment AS a ON a.identity = f.identity AND a.model = f.model
    LEFT JOIN v_decisions AS d ON d.said_at = f.said_at AND d.mention_id = f.mention_id
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
