-- The stage events of the records in `present`, each list complete and in order.
--
--   history recorded by the vendor   ->  that history, as it is
--   none                             ->  dates kept on the record + changes observed between two syncs
--   then, where the present stage is not where the list ends:
--       a closing stage with a date  ->  one event at that date
--       anything else                ->  one event at NULL: nobody knows since when
--
-- The last event is always the present stage, even where the source's own dates contradict each other.
INSERT INTO stage_events
WITH recorded AS (
    SELECT r.* FROM recorded_events AS r SEMI JOIN present AS p ON p.record_id = r.record_id
),
with_history AS (
    SELECT DISTINCT record_id FROM recorded WHERE origin <> 'observed'
),
-- A date column of the present, closed stage says what closed_at says better.
dates AS (
    SELECT p.record_id, d.value ->> 0 AS to_stage, make_timestamp(CAST(d.value ->> 1 AS BIGINT)) AS "at",
           d.value ->> 2 AS at_precision
    FROM present AS p, unnest(json_extract(p.stage_dates, '$[*]')) AS d (value)
    WHERE p.record_id NOT IN (SELECT record_id FROM with_history)
      AND d.value ->> 1 IS NOT NULL
      AND NOT (p.closed_at IS NOT NULL AND d.value ->> 0 = p.stage)
),
known AS (
    SELECT record_id, pipeline, seq, from_stage, to_stage, "at", at_precision, origin, vendor_label
    FROM recorded
    WHERE origin <> 'observed' OR record_id NOT IN (SELECT record_id FROM with_history)
    UNION ALL
    SELECT record_id, NULL, NULL, NULL, to_stage, "at", at_precision, 'import', NULL FROM dates
),
-- Events of one instant keep the vendor's own order; dates of one day follow the stages.
ordered AS (
    SELECT k.* EXCLUDE (pipeline), coalesce(k.pipeline, p.pipeline) AS pipeline, p.kind, p.stage AS present_stage,
           p.closed_at IS NOT NULL AS is_closed, h.record_id IS NOT NULL AS has_history,
           row_number() OVER (
               PARTITION BY k.record_id
               ORDER BY k.at NULLS FIRST, CASE WHEN h.record_id IS NOT NULL THEN k.seq END,
                        coalesce(s.rank, 1000000), k.seq NULLS FIRST, k.to_stage
           ) AS place
    FROM known AS k
    JOIN present AS p ON p.record_id = k.record_id
    LEFT JOIN with_history AS h ON h.record_id = k.record_id
    LEFT JOIN stages AS s ON s.pipeline = coalesce(k.pipeline, p.pipeline) AND s.key = k.to_stage
),
-- Without a history two sources may tell of the same entry: the earlier one stands, and a closing seen some time after
-- the fact gives way to its date.
kept AS (
    SELECT *, last_value(to_stage) OVER everything AS last_stage
    FROM (
        SELECT *,
               lag(to_stage) OVER (PARTITION BY record_id ORDER BY place) AS stage_before,
               max(CASE WHEN to_stage IS DISTINCT FROM present_stage THEN place END)
                   OVER (PARTITION BY record_id) AS last_other_place
        FROM ordered
    )
    WHERE has_history
       OR (to_stage IS DISTINCT FROM stage_before
           AND NOT (is_closed AND to_stage = present_stage AND place > coalesce(last_other_place, 0)))
    WINDOW everything AS (
        PARTITION BY record_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),
-- Since when the present stage counts, where that is a closing date: one known to the day is moved behind what is known
-- to have happened earlier that day, and a history that goes on after it is believed.
ends AS (
    SELECT k.record_id, any_value(k.last_stage) AS last_stage, bool_or(k.has_history) AS has_history,
           greatest(any_value(p.closed_at), max(k.at) FILTER (
               k.has_history OR (p.closed_precision = 'day' AND k.at < p.closed_at + INTERVAL 1 DAY)
           )) AS closed_at
    FROM kept AS k JOIN present AS p ON p.record_id = k.record_id
    GROUP BY k.record_id
),
composed AS (
    -- Where the first thing ever observed is a change, the stage it came from was there before.
    SELECT record_id, kind, pipeline, 0 AS phase, 0 AS place, NULL AS own_from_stage, from_stage AS to_stage,
           CAST(NULL AS TIMESTAMP) AS "at", NULL AS at_precision, 'observed' AS origin, NULL AS vendor_label,
           has_history
    FROM ordered
    WHERE place = 1 AND origin = 'observed' AND from_stage <> to_stage
    UNION ALL
    -- A date after the closing contradicts it: the stage was entered before, nobody knows when.
    SELECT k.record_id, k.kind, k.pipeline, 1, k.place, k.from_stage, k.to_stage,
           CASE WHEN k.has_history OR NOT k.is_closed OR k.at <= e.closed_at THEN k.at END,
           CASE WHEN k.has_history OR NOT k.is_closed OR k.at <= e.closed_at THEN k.at_precision END,
           k.origin, k.vendor_label, k.has_history
    FROM kept AS k JOIN ends AS e ON e.record_id = k.record_id
    UNION ALL
    SELECT p.record_id, p.kind, p.pipeline, 2, 0, NULL, p.stage,
           CASE WHEN p.closed_at IS NOT NULL THEN coalesce(e.closed_at, p.closed_at) END,
           CASE WHEN p.closed_at < e.closed_at THEN 'day' WHEN p.closed_at IS NOT NULL THEN p.closed_precision END,
           CASE WHEN e.has_history THEN 'inferred' WHEN p.closed_at IS NOT NULL THEN 'import' ELSE 'observed' END,
           p.vendor_label, coalesce(e.has_history, FALSE)
    FROM present AS p
    LEFT JOIN ends AS e ON e.record_id = p.record_id
    WHERE p.stage IS NOT NULL AND e.last_stage IS DISTINCT FROM p.stage
)
SELECT record_id, kind, pipeline,
       row_number() OVER listed AS seq,
       CASE WHEN has_history THEN coalesce(own_from_stage, lag(to_stage) OVER listed)
            ELSE lag(to_stage) OVER listed END AS from_stage,
       to_stage, "at", at_precision, origin, vendor_label
FROM composed
WINDOW listed AS (PARTITION BY record_id ORDER BY phase, place)
ORDER BY record_id, seq
