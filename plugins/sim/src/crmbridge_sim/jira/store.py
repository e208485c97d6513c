"""The issues as they are, and the index as search sees them a little later (dossier A3)."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge_sim.jira.model import Issue, Link

FIRST_ID, FIRST_OTHER = 10_200, 10_300


class Store:
    """Used under the simulator's lock. Every key an issue ever had finds it (dossier A2: moved issues)."""

    def __init__(self) -> None:
        self.issues: dict[int, Issue] = {}
        self.links: dict[str, Link] = {}
        self.deleted: list[dict[str, object]] = []
        self.vanished: dict[int, int] = {}  # issue -> until when search does not see it
        self._keys: dict[str, int] = {}
        self._index: dict[int, list[tuple[int, Issue | None]]] = {}
        self._last_issue, self._last_other = FIRST_ID, FIRST_OTHER

    def new_issue_id(self) -> int:
        """Ids rise and are never used twice."""
        self._last_issue += 1
        return self._last_issue

    def new_id(self) -> str:
        """An id of anything else."""
        self._last_other += 1
        return str(self._last_other)

    def __iter__(self) -> Iterator[Issue]:
        return iter(list(self.issues.values()))

    def find(self, name: str) -> Issue | None:
        """By number or by any key, present or former."""
        number = int(name) if name.isascii() and name.isdigit() else self._keys.get(name.upper())
        return self.issues.get(number) if number is not None else None

    def keep(self, issue: Issue, *, seen_at: int) -> None:
        """Writes an issue down as it is now; search sees it from ``seen_at`` on."""
        self.issues[issue.id] = issue
        self._keys[issue.key.upper()] = issue.id
        versions = self._index.setdefault(issue.id, [])
        late = max([seen_at, *(at for at, _ in versions[-1:])])  # the index never sees changes in another order
        versions.append((late, issue.frozen()))

    def remove(self, issue: Issue, *, at: int, seen_at: int) -> None:
        """For good: no tombstone, no key (dossier A2); search goes on finding it for its lag."""
        del self.issues[issue.id]
        self._keys = {key: number for key, number in self._keys.items() if number != issue.id}
        self.links = {name: one for name, one in self.links.items() if issue.id not in {one.inward, one.outward}}
        self.deleted.append({"id": str(issue.id), "key": issue.key, "at": at})
        self._index.setdefault(issue.id, []).append((seen_at, None))

    def seen(self, now: int, fresh: frozenset[int] = frozenset()) -> list[Issue]:
        """What search works on: each issue as the index has it, those in ``fresh`` as they are."""
        found = []
        for number, versions in self._index.items():
            if number in fresh:
                issue = self.issues.get(number)
            elif self.vanished.get(number, 0) > now:
                continue
            else:
                while len(versions) > 1 and versions[1][0] <= now:
                    versions.pop(0)
                issue = versions[0][1] if versions[0][0] <= now else None
            if issue is not None and not issue.archived:
                found.append(issue)
        return found

    def linked(self, issue: Issue) -> list[Link]:
        """The links of an issue, either way."""
        return [one for one in self.links.values() if issue.id in {one.inward, one.outward}]

    def subtasks(self, issue: Issue) -> list[Issue]:
        """The issues below one."""
        return [one for one in self if one.values.get("parent") == issue.id]
