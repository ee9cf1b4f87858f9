-- What the goals came to, as the flow ran, and which competitors are named. Readings only grow: a period is read again
-- until two periods after its end, and each reading that says something new is a row of its own.

CREATE TABLE goal_readings (
    goal VARCHAR NOT NULL,
    definition VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    since_at TIMESTAMP NOT NULL,
    until_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP NOT NULL,
    value DOUBLE,
    low DOUBLE,
    high DOUBLE,
    n BIGINT NOT NULL,
    track VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    baseline DOUBLE,
    target DOUBLE,
    deadline DATE,
    needed DOUBLE
);
COMMENT ON TABLE goal_readings IS 'one row for each time a goal was measured over a period and came to something new';
COMMENT ON COLUMN goal_readings.definition IS 'hash of what was measured and how; readings of another one are another line';
COMMENT ON COLUMN goal_readings.identity IS 'hash of the brand identity in force then';
COMMENT ON COLUMN goal_readings.unit IS 'share, hours or count';
COMMENT ON COLUMN goal_readings.value IS 'null = could not be measured, for the reason in why; never zero instead';
COMMENT ON COLUMN goal_readings.n IS 'what it rests on: stories, texts, flags or incidents';
COMMENT ON COLUMN goal_readings.track IS 'reached, on_track, behind, missed or cannot_tell';
COMMENT ON COLUMN goal_readings.needed IS 'where the line from baseline to target was then; null = there was no line';

CREATE VIEW v_goal_readings AS
SELECT * FROM (
    FROM goal_readings QUALIFY row_number() OVER (PARTITION BY goal, definition, since_at ORDER BY read_at DESC) = 1
) WHERE (goal, definition) IN (SELECT (goal, arg_max(definition, read_at)) FROM goal_readings GROUP BY goal);
COMMENT ON VIEW v_goal_readings IS 'one row per goal and period: the last reading, by the definition the goal was last read by';

CREATE TABLE voices (
    mention_id VARCHAR NOT NULL,
    said_at TIMESTAMP NOT NULL,
    content_hash VARCHAR NOT NULL,
    rivals VARCHAR NOT NULL,
    names VARCHAR[] NOT NULL
);
COMMENT ON TABLE voices IS 'which competitors a text names, of sources that do not search for us; [] = none';
COMMENT ON COLUMN voices.rivals IS 'hash of the competitors and of how they are looked for';
