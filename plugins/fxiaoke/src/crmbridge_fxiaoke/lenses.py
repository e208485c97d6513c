"""Lenses for the shapes that are Fxiaoke's own: people in lists, links into several objects, records that are plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.adapter.lens import LensFailure
from crmbridge_fxiaoke.words import HEAD, OPEN_LINE


@dataclass(frozen=True, slots=True)
class PersonLens:
    """The one person, department or record of a list of ids; of several the first, as Fxiaoke has one owner."""

    def read(self, value: object) -> object | LensFailure:
        """The id; None for an empty list."""
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            value = value[0] if value else None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else LensFailure("{value} is no id of Fxiaoke", {"value": _shown(value)})

    def write(self, value: object) -> object | LensFailure:
        """A list of the one id."""
        if value is None:
            return None
        if isinstance(value, str) and value:
            return [value]
        return LensFailure("{value} is no id of Fxiaoke", {"value": _shown(value)})


@dataclass(frozen=True, slots=True)
class LinkLens:
    """The id of a link into one of several objects, out of a list of links or from a field that holds it alone.

    Each link of the list is `{"describe_api_name": ..., "id": ...}`; of several into the same objects the first counts.
    """

    objects: tuple[str, ...]

    def read(self, value: object) -> object | LensFailure:
        """The id, None where no link points into these objects."""
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return value
        links = value if isinstance(value, Sequence) else [value]
        for link in links:
            if not isinstance(link, Mapping):
                return LensFailure("{value} is no link of Fxiaoke", {"value": _shown(value)})
            found = link.get("id")
            if link.get("describe_api_name") in self.objects and isinstance(found, str) and found:
                return found
        return None

    def write(self, value: object) -> object | LensFailure:
        """The id as it is; a list of links is written by nothing, since it holds links that are not known here."""
        if value is None:
            return None
        if isinstance(value, str) and value:
            return value
        return LensFailure("{value} is no link of Fxiaoke", {"value": _shown(value)})


@dataclass(frozen=True, slots=True)
class ListedLinkLens(LinkLens):
    """As `LinkLens`, of a list of links that is written too: each of its fields writes its own, into the first object.

    What the list holds of other objects stays.
    """

    def write(self, value: object) -> object | LensFailure:
        """A list of the one link."""
        found = LinkLens.write(self, value)
        return [{"describe_api_name": self.objects[0], "id": found}] if isinstance(found, str) else found

    def join(self, present: object, form: object) -> object:
        """The list with this link in the place of those into the same objects."""
        links = present if isinstance(present, Sequence) and not isinstance(present, str | bytes) else ()
        others = [one for one in links if not self._is_here(one)]
        return [*others, *(form if isinstance(form, list) else ())] or None

    def _is_here(self, one: object) -> bool:
        return isinstance(one, Mapping) and one.get("describe_api_name") in self.objects


@dataclass(frozen=True, slots=True)
class RecordStateLens:
    """Whether a sales record tells of something done, or is the plan that stands in for a task (dossier 3.13)."""

    def read(self, value: object) -> object | LensFailure:
        """`planned` for an open plan of ours, `done` for everything else that somebody wrote."""
        if not isinstance(value, str):
            return None if value is None else LensFailure("{value} is no text", {"value": _shown(value)})
        if not value:
            return None
        return "planned" if value.startswith(HEAD) and OPEN_LINE in value.split("\n") else "done"

    def write(self, value: object) -> object | LensFailure:
        """Refused: the content is the person's."""
        if value is None:
            return None
        return LensFailure("{value} is told by the content of a sales record", {"value": _shown(value)})


def person() -> PersonLens:
    """The lens `fxiaoke_person`."""
    return PersonLens()


def link(objects: str | Sequence[str], *, listed: bool = False) -> LinkLens:
    """The lens `fxiaoke_link`; `objects` are the API names of those that are meant.

    `listed`: the vendor field is the list of all links, and takes them.
    """
    names = (objects,) if isinstance(objects, str) else tuple(objects)
    return ListedLinkLens(names) if listed else LinkLens(names)


def record_state() -> RecordStateLens:
    """The lens `fxiaoke_record_state`."""
    return RecordStateLens()


def _shown(value: object) -> str:
    return str(value)[:60]
