"""How many records an object has."""

from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session


def count(session: Session, objects: Objects, object_name: str) -> int:
    """The records that a full pull would yield."""
    raise NotImplementedError((session, objects, object_name))
