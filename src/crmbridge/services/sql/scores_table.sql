-- svc_scores: one row a record that is scored; other services join it on (kind, id). See scores.sql.
CREATE OR REPLACE TEMP TABLE svc_scores (
  kind VARCHAR, id VARCHAR, subject VARCHAR, connection VARCHAR, owner_id VARCHAR, owner_ref VARCHAR,
  created_at TIMESTAMP, score DOUBLE, tier VARCHAR, raw_tier VARCHAR, why VARCHAR, was VARCHAR, since TIMESTAMP, disqualified INTEGER,
  score_n HUGEINT, score_d HUGEINT, fit_e9 BIGINT, engagement_e9 BIGINT, known_w BIGINT, sum_wv BIGINT)
