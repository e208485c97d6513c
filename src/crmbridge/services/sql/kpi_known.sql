-- How many records of the kind there are, and on how many each field that the KPIs need is filled at all.
SELECT count(*){counts} FROM {table} r {joins} WHERE {live}
