-- Every name of a person, city and registration number, once.
SELECT full_name FROM contacts WHERE full_name IS NOT NULL
UNION
SELECT full_name FROM leads WHERE full_name IS NOT NULL
UNION
SELECT city FROM accounts WHERE city IS NOT NULL
UNION
SELECT registration_no FROM accounts WHERE registration_no IS NOT NULL
