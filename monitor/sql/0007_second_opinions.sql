-- Flags a second judge gave, because the first was unsure. Both are kept, each under its own judge's name.

ALTER TABLE flags ADD COLUMN first_model VARCHAR;
COMMENT ON COLUMN flags.first_model IS 'the judge whose unsure flag this second opinion is about; null = a first opinion';
COMMENT ON COLUMN flags.newest IS 'the one shown of its (mention, content, identity): the opinion of the second judge in use, else the last given; kept by the store';

CREATE VIEW v_second_opinions AS
SELECT s.mention_id, s.said_at, s.content_hash, s.model, s.level, s.score, s.flagged_at, s.newest AS shown,
       f.model AS first_model, f.level AS first_level, f.score AS first_score
FROM flags AS s
JOIN mentions AS m ON m.said_at = s.said_at AND m.id = s.mention_id AND m.content_hash = s.content_hash
JOIN flags AS f ON f.said_at = s.said_at AND f.mention_id = s.mention_id AND f.content_hash = s.content_hash
 AND f.identity = s.identity AND f.model = s.first_model
WHERE s.identity = (SELECT value FROM settings WHERE name = 'identity');
COMMENT ON VIEW v_second_opinions IS 'one row per second opinion on the newest content, with the first judge''s flag beside it';
