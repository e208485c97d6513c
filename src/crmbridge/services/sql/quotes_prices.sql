-- The price list: every product that is sold, by name and by its key in the CRM.
SELECT name, external_id, list_price_e4, list_price_currency FROM products
WHERE list_price_e4 IS NOT NULL AND coalesce(active, true) AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') ORDER BY id
