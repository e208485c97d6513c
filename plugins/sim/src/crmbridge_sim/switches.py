"""Uncertain facts as named switches: how they are declared, set and listed. What they are is each vendor's business."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Setting = str | int | bool
_WORDS = {"true": True, "on": True, "1": True, "yes": True, "false": False, "off": False, "0": False, "no": False}


class UnknownSwitch(ValueError):
    """No switch of that name, or a setting it does not have."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One uncertain fact; ``settings`` lists what it may be, empty for any value of the default's type."""

    name: str
    default: Setting
    settings: tuple[Setting, ...]
    source: str
    sentence: str


def flag(name: str, source: str, sentence: str, *, on: bool = False) -> Switch:
    """A fact that holds or does not."""
    return Switch(name, on, (False, True), source, sentence)


def choice(name: str, settings: tuple[str, ...], source: str, sentence: str) -> Switch:
    """A fact with named settings; the first one is the default."""
    return Switch(name, settings[0], settings, source, sentence)


def number(name: str, default: int, source: str, sentence: str) -> Switch:
    """A fact that is a number."""
    return Switch(name, default, (), source, sentence)


class SwitchBoard:
    """The settings in force; an unknown name or setting is refused with the nearest known one."""

    def __init__(self, settings: Mapping[str, Setting] | None = None, *, known: Iterable[Switch]) -> None:
        self.known = {switch.name: switch for switch in known}
        self._values: dict[str, Setting] = {name: switch.default for name, switch in self.known.items()}
        for name, value in (settings or {}).items():
            self.set(name, value)

    def set(self, name: str, value: Setting) -> None:
        """Sets one switch; a text is read as the switch's own type."""
        switch = self.known.get(name)
        if switch is None:
            near = difflib.get_close_matches(name, self.known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UnknownSwitch(f"unknown switch {name!r}{hint}")
        self._values[name] = _typed(switch, value)

    def flag(self, name: str) -> bool:
        """A switch that is on or off."""
        return bool(self._values[name])

    def text(self, name: str) -> str:
        """A switch with named settings."""
        return str(self._values[name])

    def number(self, name: str) -> int:
        """A switch that is a number."""
        return int(self._values[name])

    def listing(self) -> list[dict[str, object]]:
        """All switches with their present setting, default, source and sentence."""
        return [
            {
                "name": switch.name,
                "value": self._values[switch.name],
                "default": switch.default,
                "settings": list(switch.settings),
                "source": switch.source,
                "sentence": switch.sentence,
            }
            for switch in self.known.values()
        ]


def _typed(switch: Switch, value: Setting) -> Setting:
    if isinstance(switch.default, bool):
        read = value if isinstance(value, bool) else _WORDS.get(str(value).lower())
        if read is None:
            raise UnknownSwitch(f"switch {switch.name} is on or off, not {value!r}")
        return read
    if isinstance(switch.default, int):
        try:
            return int(value)
        except ValueError:
            raise UnknownSwitch(f"switch {switch.name} is a whole number, not {value!r}") from None
    if str(value) not in switch.settings:
        settings = ", ".join(str(setting) for setting in switch.settings)
        raise UnknownSwitch(f"switch {switch.name} is one of {settings}, not {value!r}")
    return str(value)
