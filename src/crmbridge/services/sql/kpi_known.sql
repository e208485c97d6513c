-- How many records of the kind there are, and on how many each field that the KPI needs is filled at all.
SELECT count(*), {counts} FROM {table} r {joins} WHERE {live}
