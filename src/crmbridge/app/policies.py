"""Where the documents of a workspace are read: its own over the shipped defaults."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from crmbridge.app.wiring import Wiring

Policy = TypeVar("Policy")
Policy_co = TypeVar("Policy_co", covariant=True)


class Load(Protocol[Policy_co]):
    """Reads a document out of its text; `file` is how errors call it."""

    def __call__(self, text: str, *, file: str) -> Policy_co:
        """The document; ConfigErrors naming all that is wrong with it."""


def own_policy(wiring: Wiring, name: str, load: Load[Policy], shipped: Callable[[], Policy]) -> Policy:
    """The workspace's document of that name, else as it is shipped; ConfigErrors naming all that is wrong with it."""
    file = wiring.workspace.folder / name
    return load(file.read_text(encoding="utf-8-sig"), file=name) if file.exists() else shipped()
