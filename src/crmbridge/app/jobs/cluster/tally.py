"""What a worker has done, workspace by workspace."""

import threading
from collections import Counter
from collections.abc import Iterator

from crmbridge.app.jobs.performing import INTERRUPTED
from crmbridge.sync.outcome import worst


class Tally:
    """The exit codes of the runs of each workspace; safe for every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: dict[str, Counter[int]] = {}

    def add(self, workspace: str, exit_code: int) -> None:
        """One run ended so."""
        with self._lock:
            self._codes.setdefault(workspace, Counter())[exit_code] += 1

    def rows(self) -> Iterator[dict[str, object]]:
        """A row for each workspace, by name; runs that were left for another worker are told apart."""
        with self._lock:
            codes = {name: Counter(found) for name, found in self._codes.items()}
        for name in sorted(codes):
            left = codes[name].pop(INTERRUPTED, 0)
            ran = codes[name].total()
            failed = ran - codes[name][0] - codes[name][1]
            yield {"workspace": name, "ran": ran, "failed": failed, "left": left, "exit_code": worst(codes[name])}

    @property
    def exit_code(self) -> int:
        """The code that needs a person most, of runs that came to their end."""
        with self._lock:
            return worst(code for found in self._codes.values() for code in found if code != INTERRUPTED)
