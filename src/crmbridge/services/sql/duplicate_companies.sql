-- Every company name, once.
SELECT name FROM accounts WHERE name IS NOT NULL
UNION
SELECT company_name FROM leads WHERE company_name IS NOT NULL
