-- svc_name: every name of a pipeline or a stage. As a type it takes a byte or two where a text takes sixteen.
CREATE OR REPLACE TEMP TYPE svc_name AS ENUM (
  SELECT pipeline FROM svc_spots WHERE pipeline IS NOT NULL UNION SELECT stage FROM svc_spots ORDER BY 1
)
