"""What goes out by a channel, and how the channel took it: plain values that cross to another process."""

from dataclasses import dataclass
from typing import Literal

Code = Literal["delivered", "away", "denied", "refused", "invalid", "unknown"]
"""How a channel took a notice.

| code | what happened | what comes of it |
| --- | --- | --- |
| delivered | the channel took it | nothing more |
| away | the channel was not reached, or asked to wait | sent again later |
| denied | the channel does not know us: a wrong token, a wrong address | sent again later, once it is mended |
| refused | the channel does not take this one notice | sent again later |
| invalid | the URL is none of a channel that can be used | sent again later, once it is mended |
| unknown | nobody knows whether it arrived | never sent again by itself |
"""
OF_THE_CHANNEL: frozenset[Code] = frozenset({"away", "denied", "invalid", "unknown"})
"""What says that the channel takes no other notice now either."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in the words of one language. `attach` is a file that goes along where the channel can carry it."""

    title: str
    body: str
    sort: Literal["info", "warning"] = "info"
    attach: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """How a channel took a message; `said` is a number that it answered with, never a text of its own."""

    code: Code
    said: str | None = None
