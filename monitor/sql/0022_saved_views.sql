-- Views that people saved: what each was at every time, and who changed it when. The log only grows, except that what a
-- removed view held is not kept: a filter can hold a name.

CREATE TABLE saved_views (
    number BIGINT NOT NULL,
    view BIGINT NOT NULL,
    action VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    page VARCHAR NOT NULL,
    filters MAP(VARCHAR, VARCHAR[]) NOT NULL,
    roles VARCHAR[] NOT NULL,
    opens VARCHAR[] NOT NULL,
    who VARCHAR NOT NULL,
    acted_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE saved_views IS 'one row for each time a person saved, renamed, replaced or removed a view, with what it then was';
COMMENT ON COLUMN saved_views.view IS 'which view: the number of its first row';
COMMENT ON COLUMN saved_views.action IS 'saved, renamed, replaced or removed';
COMMENT ON COLUMN saved_views.filters IS 'what stands in the address of its page; {} in every row of a view that was removed';
COMMENT ON COLUMN saved_views.roles IS 'communications, leader, board or operator; [] = everybody';
COMMENT ON COLUMN saved_views.opens IS 'the roles for whom its page opens with it';

CREATE VIEW v_saved_views AS
SELECT * FROM (FROM saved_views QUALIFY row_number() OVER (PARTITION BY view ORDER BY number DESC) = 1)
WHERE action <> 'removed';
COMMENT ON VIEW v_saved_views IS 'one row per view there is, as it is now; who changed it last, and when';
