"""Earlier values of fields, as the facts keep them; facts without such a table tell of none."""

from crmbridge.services.world import World

_NONE = """SELECT NULL::VARCHAR AS record_id, NULL::VARCHAR AS kind, NULL::VARCHAR AS field, NULL::TIMESTAMP AS "at",
  0 AS rank, NULL::VARCHAR AS old, NULL::VARCHAR AS new, NULL::BIGINT AS old_e4, NULL::BIGINT AS new_e4,
  NULL::VARCHAR AS old_currency, NULL::VARCHAR AS new_currency WHERE false"""
_TOLD = """SELECT record_id, kind, field, "at", seq AS rank, old ->> '$' AS old, new ->> '$' AS new,
  CAST(try_cast(old ->> '$.amount' AS DECIMAL(20, 4)) * 10000 AS BIGINT) AS old_e4,
  CAST(try_cast(new ->> '$.amount' AS DECIMAL(20, 4)) * 10000 AS BIGINT) AS new_e4,
  old ->> '$.currency' AS old_currency, new ->> '$.currency' AS new_currency FROM field_changes"""


def changes_told(world: World) -> str:
    """SQL for every change: record_id, kind, field, at, rank (their order), old and new as text, and as money."""
    found = world.sql("SELECT 1 FROM information_schema.tables WHERE table_name = 'field_changes' LIMIT 1")
    return _TOLD if found else _NONE
