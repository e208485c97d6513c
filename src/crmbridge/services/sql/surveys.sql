-- svc_surveys: what customers were asked and answered up to $cut, one row a question. `fault` says why a score is rejected,
-- `wave` is one asking of one survey, `is_counted` the last valid answer of it, `is_low` whether that is a low score.
CREATE OR REPLACE {made} AS
WITH written AS (
  SELECT id, coalesce(subject, id) AS subject, 'survey' AS source, nullif(trim(survey), '') AS survey, type, scale,
    CASE WHEN coalesce(answered_at, asked_at) > $cut THEN NULL ELSE score END AS score, comment, account_id, contact_id, deal_id, order_id,
    owner_id, asked_at, CASE WHEN score IS NOT NULL THEN coalesce(answered_at, asked_at) END AS answered_at
  FROM survey_responses
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(asked_at <= $cut, answered_at <= $cut, true)
),
results AS (
  SELECT id, false AS is_task, coalesce(subject, id) AS subject, account_id, contact_id, deal_id, owner_id,
    coalesce(ended_at, started_at, logged_at) AS answered_at, concat_ws(' ', customer_feedback, outcome, content) AS told
  FROM activities
  WHERE rowid IN (FROM svc_talking) AND coalesce(state, 'done') = 'done' AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
  UNION ALL
  SELECT id, true, coalesce(subject, id), account_id, contact_id, deal_id, owner_id, completed_at, content
  FROM tasks WHERE status = 'done' AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
),
talked AS (SELECT * FROM results WHERE answered_at <= $cut AND regexp_matches(told, $spoken_any)),
spoken AS (
  SELECT r.* EXCLUDE (told), 'spoken' AS source, w.type,
    TRY_CAST(nullif(regexp_extract(r.told, w.pattern, 1), '') AS DECIMAL(19,6)) AS score,
    TRY_CAST(nullif(regexp_extract(r.told, w.pattern, 2), '') AS BIGINT) AS scale
  FROM talked r, (SELECT unnest($spoken_types) AS type, unnest($spoken_patterns) AS pattern) w
  WHERE regexp_matches(r.told, w.pattern)
),
told AS (  -- what a task and the call that was logged of it both tell is one answer
  SELECT * FROM written UNION ALL BY NAME SELECT * EXCLUDE (is_task) FROM spoken s
  WHERE score IS NOT NULL AND NOT (is_task AND EXISTS (
    FROM spoken o WHERE NOT o.is_task AND o.score = s.score AND o.type = s.type AND o.account_id = s.account_id
      AND svc_day(o.answered_at, $zone) = svc_day(s.answered_at, $zone)))
),
placed AS (
  SELECT t.* EXCLUDE (account_id, owner_id, scale),
    coalesce(t.account_id, c.account_id, d.account_id, o.account_id) AS account_id,
    coalesce(d.owner_id, od.owner_id, o.owner_id, a.owner_id, c.owner_id, t.owner_id) AS owner_id,
    coalesce(o.product_id, d.product_id) AS product_id,
    coalesce(t.scale, CASE t.type WHEN 'csat' THEN $csat_scale WHEN 'nps' THEN 10 WHEN 'ces' THEN $ces_scale END) AS scale,
    svc_day(t.asked_at, $zone) AS asked_day, svc_day(t.answered_at, $zone) AS answered_day
  FROM told t
  LEFT JOIN contacts c ON c.id = t.contact_id
  LEFT JOIN deals d ON d.id = t.deal_id
  LEFT JOIN orders o ON o.id = t.order_id
  LEFT JOIN deals od ON od.id = o.deal_id
  LEFT JOIN accounts a ON a.id = coalesce(t.account_id, c.account_id, d.account_id, o.account_id)
),
judged AS (
  SELECT *,
    CASE WHEN score IS NULL THEN NULL WHEN type IS NULL THEN 'NO_TYPE' WHEN answered_day IS NULL THEN 'UNDATED'
      WHEN CASE type WHEN 'csat' THEN NOT list_contains($csat_scales, scale) WHEN 'nps' THEN scale <> 10
                     ELSE NOT list_contains($ces_scales, scale) END THEN 'WRONG_SCALE'
      WHEN score < CASE type WHEN 'nps' THEN 0 ELSE 1 END OR score > scale OR type = 'nps' AND score <> floor(score) THEN 'OUT_OF_RANGE'
    END AS fault
  FROM placed
),
asked AS (  -- what is asked again too soon goes on with the same wave; who is not known is each time somebody else
  SELECT *, coalesce(coalesce(asked_day, answered_day) - lag(coalesce(asked_day, answered_day)) OVER w >= $ask_every_days, true) AS is_new
  FROM judged WHERE contact_id IS NOT NULL
  WINDOW w AS (PARTITION BY contact_id, survey, source ORDER BY coalesce(asked_day, answered_day), id, type)
),
waves AS (
  SELECT * EXCLUDE (is_new), concat_ws('|', contact_id, survey, source,
    sum(is_new::INTEGER) OVER (PARTITION BY contact_id, survey, source ORDER BY coalesce(asked_day, answered_day), id, type)) AS wave
  FROM asked
  UNION ALL BY NAME
  SELECT *, id AS wave FROM judged WHERE contact_id IS NULL
),
lasts AS (
  SELECT *, score IS NOT NULL AND fault IS NULL AND row_number() OVER (
    PARTITION BY wave, type, score IS NOT NULL AND fault IS NULL ORDER BY answered_at DESC, id DESC) = 1 AS is_counted
  FROM waves
)
SELECT *,
  is_counted AND CASE type WHEN 'csat' THEN score * 5 <= $unhappy_csat * scale WHEN 'nps' THEN score <= $unhappy_nps ELSE false END AS is_low,
  is_counted AND coalesce(score >= MAP($csat_scales::BIGINT[], $csat_satisfied::BIGINT[])[scale], false) AND type = 'csat' AS is_satisfied
FROM lasts
