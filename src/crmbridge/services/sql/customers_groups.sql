-- How many customers, and what they bought in the window, by a column of svc_customers.
SELECT {column} AS key, count(*) AS customers, coalesce(sum(e4), 0) AS e4 FROM svc_customers GROUP BY 1
