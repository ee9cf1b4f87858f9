-- Stories in other languages, and how much a mention weighs. Weights are those of the brand file as it is now: they are
-- rewritten when a program starts and joined when figures are read, so that a changed weight changes every figure.

CREATE TABLE story_links (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    story VARCHAR NOT NULL,
    other VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    shared VARCHAR[] NOT NULL,
    linked_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE story_links IS 'stories that are one wire in two languages and are not merged: one row per mention that shows it';
COMMENT ON COLUMN story_links.mention_id IS 'a copy of story';
COMMENT ON COLUMN story_links.kind IS 'translation';
COMMENT ON COLUMN story_links.shared IS 'the numbers, names and agencies both have';

CREATE TABLE source_weights (source VARCHAR NOT NULL, weight DOUBLE, own_place BOOLEAN NOT NULL);
COMMENT ON TABLE source_weights IS 'sources of the brand file; weight null = that of its type';
COMMENT ON COLUMN source_weights.own_place IS 'a forum, blog or group of ours: shown apart in figures';
CREATE TABLE type_weights (source_type VARCHAR NOT NULL, weight DOUBLE NOT NULL);
COMMENT ON TABLE type_weights IS 'what a source weighs that the brand file gives no weight, or no longer names';

ALTER TABLE mentions ADD COLUMN reach BIGINT;
COMMENT ON COLUMN mentions.reach IS 'followers of the author when first seen, where the network says so openly; else null';
ALTER TABLE standing ADD COLUMN reach BIGINT;

CREATE OR REPLACE VIEW v_standing_source AS
SELECT t.mention_id, t.said_at, t.target, t.kind, t.position, m.fresh, m.source, m.source_type, coalesce(s.story, m.id) AS story,
       coalesce(c.label, v.label) AS label,
       CASE WHEN c.label IS NOT NULL THEN 'corrected' ELSE coalesce(v.status, 'unjudged') END AS status,
       CASE WHEN c.label IS NOT NULL THEN c.label WHEN v.status = 'judged' THEN v.label
            ELSE coalesce(v.status, 'unjudged') END AS standing,
       CASE WHEN c.label IS NULL THEN v.negative ELSE (c.label = 'negative')::DOUBLE END AS negative,
       CASE WHEN c.label IS NULL THEN v.neutral ELSE (c.label = 'neutral')::DOUBLE END AS neutral,
       CASE WHEN c.label IS NULL THEN v.positive ELSE (c.label = 'positive')::DOUBLE END AS positive,
       v.model, m.reach
FROM mention_targets AS t
JOIN mentions AS m ON m.said_at = t.said_at AND m.id = t.mention_id AND m.content_hash = t.content_hash
LEFT JOIN verdicts AS v
  ON v.said_at = t.said_at AND v.mention_id = t.mention_id AND v.content_hash = t.content_hash AND v.target = t.target AND v.newest
LEFT JOIN corrections AS c
  ON c.said_at = t.said_at AND c.mention_id = t.mention_id AND c.content_hash = t.content_hash AND c.target = t.target
 AND c.newest AND c.label <> 'none'
LEFT JOIN stories AS s ON s.said_at = t.said_at AND s.mention_id = t.mention_id
WHERE t.identity = (SELECT value FROM settings WHERE name = 'identity');

CREATE OR REPLACE VIEW v_standing AS FROM standing;
COMMENT ON VIEW v_standing IS 'one row per relevant (mention, target): standing = negative, neutral, positive, unsure or unjudged';

-- The formula of docs/weights.md. What a weight of 0 is given to counts nothing, however widely it is read.
CREATE MACRO reach_factor(followers) AS 1 + 0.25 * log10(1 + least(coalesce(followers, 0), 1000000) / 100);
CREATE MACRO copies_factor(copies) AS 1 + 0.25 * log10(copies);

CREATE VIEW v_weighted AS
SELECT s.*, coalesce(w.weight, d.weight, 1.0) * reach_factor(s.reach) AS weight, coalesce(w.own_place, false) AS own_place
FROM v_standing AS s
LEFT JOIN source_weights AS w ON w.source = s.source
LEFT JOIN type_weights AS d ON d.source_type = s.source_type;
COMMENT ON VIEW v_weighted IS 'v_standing with what each mention weighs now, and whether it was said in a place of ours';

CREATE VIEW v_translations AS
SELECT story, other, max(score) AS score, arg_max(shared, score) AS shared FROM (
    SELECT story, other, score, shared FROM story_links WHERE kind = 'translation'
    UNION ALL SELECT other, story, score, shared FROM story_links WHERE kind = 'translation'
) GROUP BY story, other;
COMMENT ON VIEW v_translations IS 'one row per story and other story that is the same wire in another language, both ways round';
