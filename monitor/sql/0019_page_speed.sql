-- More of what pages group mentions by, beside each mention, so that a page that counts everything said in a year reads
-- one table and compares numbers.

-- Who talks is told apart by author; all who wrote unnamed in one place are one voice.
CREATE MACRO number_of(words) AS md5_number_lower(words);
CREATE MACRO voice_of(author, place) AS CASE WHEN author <> '' THEN author ELSE 'in ' || place END;

CREATE OR REPLACE VIEW v_listed_source AS
SELECT m.id AS mention_id, m.said_at, m.source, m.source_type, m.voice, m.speaker, m.story, m.relevant, f.level,
    m.author, place_of(m.url) AS place, m.title <> '' AS titled, answers_another(m.title, m.text) AS answers,
    coalesce(t.targets, []::VARCHAR[]) AS targets, coalesce(x.themes, []::VARCHAR[]) AS themes, w.reach,
    number_of(m.story) AS story_no, number_of(voice_of(m.author, place_of(m.url))) AS voice_no
FROM v_mentions AS m
JOIN mentions AS w ON w.said_at = m.said_at AND w.id = m.id
LEFT JOIN v_flags AS f ON f.said_at = m.said_at AND f.mention_id = m.id
LEFT JOIN (
    SELECT mention_id, said_at, content_hash, list(target ORDER BY position) AS targets FROM mention_targets
    WHERE identity = (SELECT value FROM settings WHERE name = 'identity') GROUP BY ALL) AS t
  ON t.said_at = m.said_at AND t.mention_id = m.id AND t.content_hash = m.content_hash
LEFT JOIN (
    SELECT mention_id, said_at, list(statement ORDER BY statement) AS themes FROM stances WHERE touches GROUP BY ALL) AS x
  ON x.said_at = m.said_at AND x.mention_id = m.id;
CREATE OR REPLACE TABLE listed AS FROM v_listed_source ORDER BY said_at;
COMMENT ON TABLE listed IS 'one row per mention with what it is filtered and grouped by: v_mentions without its words';
COMMENT ON COLUMN listed.level IS 'of its newest flag: none, minor or major; null = not compared with the identity in force';
COMMENT ON COLUMN listed.place IS 'the host of its address, without www. and m.; empty = it has none';
COMMENT ON COLUMN listed.answers IS 'it begins as an answer does: with @ and a name, or a title with Re: or Sv:';
COMMENT ON COLUMN listed.targets IS 'whom it is about, the first first; empty = nobody of ours';
COMMENT ON COLUMN listed.themes IS 'the statements it touches';
COMMENT ON COLUMN listed.story_no IS 'the story as a number, which is counted faster; voice_no: who wrote it. 64 bits of a hash: that any two of ten million are the same has a chance of one in 370,000';
