"""The lens of a link that may point into several modules: What_Id of an activity, Parent_Id of a note."""

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.adapter.lens import LensFailure


@dataclass(frozen=True, slots=True)
class LinkLens:
    """The id of a link that points into one module; a link into any other is read as none.

    Its value is `{"id": ..., "module": {"api_name": ...}}`, as the adapter hands links of several modules out.
    """

    module: str

    def read(self, value: object) -> object | LensFailure:
        """The id, or None where the link points elsewhere or nowhere."""
        if value is None:
            return None
        if not isinstance(value, Mapping) or not isinstance(value.get("id"), str):
            return LensFailure("{value} is no link of Zoho", {"value": str(value)[:60]})
        module = value.get("module")
        name = module.get("api_name") if isinstance(module, Mapping) else None
        return value["id"] if name == self.module else None

    def write(self, value: object) -> object | LensFailure:
        """The link, with its module."""
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            return LensFailure("{value} is no link of Zoho", {"value": str(value)[:60]})
        return {"id": value, "module": {"api_name": self.module}}


def link(module: str) -> LinkLens:
    """The lens `zoho_link`; `module` is the API name of the one module whose links are meant."""
    return LinkLens(module)
