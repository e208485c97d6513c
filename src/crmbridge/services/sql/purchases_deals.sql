-- svc_purchases: the won deals, where no orders are known.
CREATE OR REPLACE {made} AS
SELECT d.id, d.account_id, s.closed_day AS day, s.amount_e4 AS e4, s.amount_currency AS currency
FROM svc_states s JOIN deals d ON d.no = s.deal_no
WHERE s.state = 'won' AND ($only_currency IS NULL OR s.amount_e4 IS NULL OR s.amount_currency = $only_currency)
