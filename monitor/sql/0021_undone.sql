-- A decision made by a slip can be undone. The log keeps both the decision and its undoing; every figure, and what is
-- learnt, sees neither.

ALTER TABLE case_log ADD COLUMN undoes BIGINT;
COMMENT ON COLUMN case_log.undoes IS 'of undone: the number of the entry that no longer counts; else null';
COMMENT ON COLUMN case_log.action IS 'confirmed, dismissed, reopened, assigned, answered, outcome or undone';

CREATE VIEW v_case_log AS
SELECT * FROM case_log
WHERE action <> 'undone' AND number NOT IN (SELECT undoes FROM case_log WHERE undoes IS NOT NULL);
COMMENT ON VIEW v_case_log IS 'case_log without what was undone and without the undoing';

CREATE OR REPLACE VIEW v_decisions AS
SELECT * FROM v_case_log WHERE action IN ('confirmed', 'dismissed', 'reopened')
QUALIFY row_number() OVER (PARTITION BY mention_id ORDER BY number DESC) = 1;
COMMENT ON VIEW v_decisions IS 'the last decision on each mention that was not undone, whether or not it still holds';
