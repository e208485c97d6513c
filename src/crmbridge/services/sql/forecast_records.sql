-- The deals in each place of the forecast.
SELECT f.place, list(d.id ORDER BY d.id) FROM svc_forecast f JOIN deals d ON d.no = f.deal_no GROUP BY 1 ORDER BY 1
