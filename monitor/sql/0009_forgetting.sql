-- What was removed, and what stays of it. The log only grows and names nobody; the counts have no text and no author.

CREATE TABLE forget_log (
    number BIGINT NOT NULL,
    forgotten_at TIMESTAMP NOT NULL,
    rule VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    removed MAP(VARCHAR, BIGINT) NOT NULL,
    seal VARCHAR NOT NULL
);
COMMENT ON TABLE forget_log IS 'one row for each time something was forgotten: when, by which kind of rule, how many rows';
COMMENT ON COLUMN forget_log.rule IS 'author, url, source, age or retention';
COMMENT ON COLUMN forget_log.digest IS 'keyed digest of what the rule named; whoever has the key and the name can compute it again';
COMMENT ON COLUMN forget_log.removed IS 'rows deleted by table; messages = mails that lost a quote; kept_counts = days of counts';
COMMENT ON COLUMN forget_log.seal IS 'keyed digest of this row and the seal before it: no row can be changed or taken out unnoticed';

CREATE TABLE kept_counts (
    day DATE NOT NULL,
    source VARCHAR NOT NULL,
    source_type VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    standing VARCHAR NOT NULL,
    mentions BIGINT NOT NULL,
    stories BIGINT NOT NULL
);
COMMENT ON TABLE kept_counts IS 'what retention left of the mentions it removed: how many a day (UTC), toward whom, with which standing';

CREATE VIEW v_daily_counts AS
SELECT day, source, source_type, target, kind, standing, sum(mentions)::BIGINT AS mentions, sum(stories)::BIGINT AS stories FROM (
    FROM kept_counts
    UNION ALL
    SELECT said_at::DATE, source, source_type, target, kind, standing, count(*), count(DISTINCT story) FROM standing GROUP BY ALL
) GROUP BY ALL;
COMMENT ON VIEW v_daily_counts IS 'mentions a day, source and target with their standing, those that retention removed included';
