-- svc_cadence_now: those to which something more happened.
CREATE OR REPLACE TEMP TABLE svc_cadence_now AS FROM svc_cadence_next WHERE events > $r
