-- spots: every pipeline with every name of a stage that events and deals hold, and the stage that it is. Events are worked
-- on by the number of their spot, in the order of the names; no name given is a spot too. `$sole` is the only pipeline of
-- deals, meant where none is named.
CREATE OR REPLACE TEMP TABLE spots AS
WITH lines AS (
  SELECT pipeline FROM deals UNION SELECT pipeline FROM stage_events UNION SELECT pipeline FROM {stages} UNION SELECT $sole
),
names AS (
  SELECT stage AS name FROM deals UNION SELECT to_stage FROM stage_events UNION SELECT from_stage FROM stage_events
  UNION SELECT 'UNKNOWN'
)
SELECT CAST(row_number() OVER (ORDER BY n.name, l.pipeline) AS INTEGER) AS spot,
       l.pipeline, n.name, coalesce(t.key, 'UNKNOWN') AS stage, CAST(t.class AS {a_class}) AS class, CAST(t.rank AS SMALLINT) AS rank
FROM lines l CROSS JOIN names n LEFT JOIN {stages} t ON t.pipeline = l.pipeline AND t.key = n.name
