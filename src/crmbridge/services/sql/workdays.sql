-- How many days of a period [first, after) the calendar knows, how many of them are workdays, and how many of those are
-- over at the end of a day.
SELECT count(*), count(*) FILTER (is_workday), count(*) FILTER (is_workday AND day <= $day)
FROM calendar_days WHERE calendar = $calendar AND day >= $first AND day < $after
