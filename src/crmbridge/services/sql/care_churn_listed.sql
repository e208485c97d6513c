-- Those of $levels, the highest risk first; those of whom nobody knows anything last, where $with_unknown wants them.
FROM svc_churn WHERE list_contains($levels, level) OR level IS NULL AND $with_unknown
ORDER BY score DESC NULLS LAST, coalesce(e4, 0) DESC, coalesce(name, external_id), id
