-- svc_moves: svc_way with the ids of the deals.
CREATE OR REPLACE TEMP VIEW svc_moves AS
SELECT d.id AS record_id, w.* FROM svc_way w JOIN deals d ON d.rowid = w.deal_no
