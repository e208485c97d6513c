-- The tasks of svc_cadence_moves go to their later day; which they are.
UPDATE svc_cadence_slots
SET due_day = m.due_day, is_care_day = is_care_day OR m.care, is_capped = is_capped OR NOT m.care
FROM (SELECT eno, due_day, is_care_day AS care FROM svc_cadence_moves) m
WHERE m.eno = svc_cadence_slots.eno AND svc_cadence_slots.due_day <= svc_cadence_slots.horizon
RETURNING svc_cadence_slots.eno
