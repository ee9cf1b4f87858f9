-- What an incident has come to, and what people did with it. The detector rewrites rows of ``incidents``; what people
-- did is a log of its own that only grows, so that neither overwrites the other.

CREATE TABLE incidents_now AS
SELECT id, target, also, started_at, detected_at, ended_at, peak_at, peak_count, observed, expected, score,
       CASE WHEN ended_at IS NULL THEN 'open' ELSE 'closed' END AS phase, 'minor' AS severity, []::VARCHAR[] AS reasons,
       'minor' AS told, ended_at IS NOT NULL AS told_closed, NULL::TIMESTAMP AS reopened_at, saved_at
FROM incidents ORDER BY saved_at;
DROP TABLE incidents;
ALTER TABLE incidents_now RENAME TO incidents;
COMMENT ON COLUMN incidents.phase IS 'open, growing, calming or closed';
COMMENT ON COLUMN incidents.severity IS 'minor, major or critical';
COMMENT ON COLUMN incidents.reasons IS 'what made it that severe: impact, reach, novelty, weight, conflict, leader';
COMMENT ON COLUMN incidents.told IS 'the severity of the last news of it for which mails were queued; null = none';
COMMENT ON COLUMN incidents.told_closed IS 'whether that last news was that it is over';
COMMENT ON COLUMN incidents.reopened_at IS 'when it last alarmed anew after it was over';

CREATE TABLE incident_actions (
    number BIGINT NOT NULL,
    incident VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    who VARCHAR NOT NULL,
    acted_at TIMESTAMP NOT NULL,
    until TIMESTAMP,
    words VARCHAR NOT NULL
);
COMMENT ON TABLE incident_actions IS 'what people did with incidents: one row for each thing done, never changed';
COMMENT ON COLUMN incident_actions.number IS 'the order in which things were done';
COMMENT ON COLUMN incident_actions.action IS 'acknowledged, muted, unmuted, noted, closed or reopened';
COMMENT ON COLUMN incident_actions.until IS 'of muted: no news before then';

CREATE TABLE incident_headlines (incident VARCHAR NOT NULL, mention_id VARCHAR NOT NULL, said_at TIMESTAMP NOT NULL);
COMMENT ON TABLE incident_headlines IS 'the mention that says best what an incident is about; gone with the mention';

CREATE VIEW v_incidents AS
WITH said AS (
    SELECT incident,
           arg_max(who, number) FILTER (action = 'acknowledged') AS acknowledged_by,
           max(acted_at) FILTER (action = 'acknowledged') AS acknowledged_at,
           arg_max(until, number) FILTER (action = 'muted') AS mute,
           arg_max(action, number) FILTER (action IN ('muted', 'unmuted')) AS muting,
           max(acted_at) FILTER (action = 'closed') AS hand_closed_at,
           arg_max(action, number) FILTER (action IN ('closed', 'reopened')) AS closing
    FROM incident_actions GROUP BY incident)
SELECT i.* , s.acknowledged_by, s.acknowledged_at,
       CASE WHEN s.muting = 'muted' THEN s.mute END AS muted_until,
       CASE WHEN s.closing = 'closed' AND (i.reopened_at IS NULL OR i.reopened_at <= s.hand_closed_at)
            THEN s.hand_closed_at END AS closed_at
FROM incidents AS i LEFT JOIN said AS s ON s.incident = i.id;
COMMENT ON VIEW v_incidents IS 'incidents with what people decided; closed_at = a person closed it and it has not alarmed anew since';
