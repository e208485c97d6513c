-- svc_domains: the internet domains of each record, but those where anybody gets an address.
CREATE OR REPLACE TEMP TABLE svc_domains AS
SELECT DISTINCT kind, record_id, domain
FROM (
  SELECT kind, record_id, lower(split_part(text, '@', -1)) AS domain FROM svc_cells WHERE what = 'email' AND contains(text, '@')
  UNION ALL
  SELECT 'account', id, regexp_extract(lower(trim(website)), '^(?:[a-z]+://)?(?:www\.)?([^/:?#\s]+)', 1) FROM accounts
  UNION ALL
  SELECT 'lead', id, regexp_extract(lower(trim(website)), '^(?:[a-z]+://)?(?:www\.)?([^/:?#\s]+)', 1) FROM leads
  UNION ALL
  SELECT 'account', id, regexp_replace(lower(trim(unnest(json_extract_string(domains, '$[*]')))), '^www\.', '')
  FROM accounts WHERE json_valid(domains)
)
WHERE contains(domain, '.') AND NOT list_contains($free_mail, domain)
