-- The touches in the window, and what their results tell; whether any source tells such a thing at all.
SELECT count(*) AS touches, count(*) FILTER (has_content) AS content, count(*) FILTER (has_feedback) AS feedback,
  count(*) FILTER (is_followed) AS next_step, count(*) FILTER (kind = 'activity') AS activities,
  (SELECT bool_or(content IS NOT NULL) FROM activities) AS tells_content,
  (SELECT bool_or(customer_feedback IS NOT NULL) FROM activities) AS tells_feedback,
  (SELECT bool_or(next_step IS NOT NULL) FROM activities)
    OR ($deal_counts AND ((SELECT bool_or(next_step IS NOT NULL) FROM deals) OR EXISTS (FROM tasks))) AS tells_next_step
FROM svc_touch_results
WHERE day > $today - $results_days::INTEGER AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, owner))
