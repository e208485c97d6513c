-- svc_scored_KIND: the records of a kind that are scored. Points are counts of 1/1,000,000,000: nothing is a float.
-- `known_w` and `sum_wv` are the weights of the criteria that are known, and what they sum to times their values.
CREATE OR REPLACE TEMP TABLE {scored} AS
SELECT r.rowid AS no, r.id, r.subject, r.connection, r.object, r.owner_id, r.owner_ref, r.created_at,
  {fit} AS fit_sum, {known_w} AS known_w, {sum_wv} AS sum_wv, {odd} AS odd, {disqualified} AS disqualified
FROM {table} r {joins}
WHERE {live}
