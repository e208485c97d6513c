-- Whether any record of a kind that has a flag knows the field of it, whatever it says.
SELECT EXISTS (FROM deals r WHERE $deal_path::VARCHAR IS NOT NULL AND json_exists(r.custom, $deal_path))
  OR EXISTS (FROM activities r WHERE $activity_path::VARCHAR IS NOT NULL AND json_exists(r.custom, $activity_path))
