"""Records by id."""

from collections.abc import Sequence

from crmbridge.adapter.contract import RawRecord
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session


def fetch(session: Session, objects: Objects, object_name: str, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id."""
    raise NotImplementedError((session, objects, object_name, external_ids))
