-- The external key of a task: the parts of model/external_keys.py, over the same bytes.
CREATE OR REPLACE TEMP MACRO svc_cadence_key(policy, kind, subject, seq, occurrence) AS
  'cb1-' || substr(sha256(concat_ws('|', replace(replace(policy, '%', '%25'), '|', '%7C'), kind,
    replace(replace(subject, '%', '%25'), '|', '%7C'), seq::VARCHAR, occurrence::VARCHAR)), 1, 24)
