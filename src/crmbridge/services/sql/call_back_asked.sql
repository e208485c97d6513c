-- On which days each contact (else the company, where nobody is named) was asked, or said something unasked.
SELECT coalesce(contact_id, account_id) AS who, list_sort(list(DISTINCT coalesce(asked_day, answered_day))) AS days
FROM svc_surveys WHERE coalesce(contact_id, account_id) IS NOT NULL AND coalesce(asked_day, answered_day) IS NOT NULL
GROUP BY 1 ORDER BY 1
