-- svc_phones: of each record with telephone numbers that can be judged, whether one of them is not valid.
CREATE OR REPLACE TEMP TABLE svc_phones AS
SELECT k.kind, k.record_id, bool_or(p.key IS NULL) AS is_wrong
FROM svc_cells k JOIN svc_phones_judged j ON j.text = k.text JOIN svc_phone_numbers p ON p.text = k.text
WHERE k.what = 'phone'
GROUP BY k.kind, k.record_id
