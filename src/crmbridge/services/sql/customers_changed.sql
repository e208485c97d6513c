-- Who came into another state, or was seen for the first time.
SELECT id, before_state, state FROM svc_customers WHERE before_state IS DISTINCT FROM state ORDER BY id
