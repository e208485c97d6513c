-- Those to which nothing more happened.
INSERT INTO svc_cadence_replayed FROM svc_cadence_next WHERE events = $r
