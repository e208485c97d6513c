-- Whether any source tells when deals moved, and when activities happened and were logged.
SELECT EXISTS (SELECT 1 FROM stage_events e WHERE e."at" IS NOT NULL AND e.kind = 'deal') AS moves,
  EXISTS (SELECT 1 FROM activities a WHERE a.logged_at IS NOT NULL AND coalesce(a.ended_at, a.started_at) IS NOT NULL
          AND EXISTS (SELECT 1 FROM calendar_days c WHERE c.calendar = $calendar)) AS logs
