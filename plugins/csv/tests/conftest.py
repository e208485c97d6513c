"""A folder of small hand-made files, and an adapter on it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge_csv.adapter import CsvAdapter, open_csv
from crmbridge_csv.config import CsvOptions

DEALS: Mapping[str, object] = {"file": "deals.csv", "key": "id"}


@dataclass
class Books:
    """The folder `exports` of a workspace. `pull` reads an object whole and keeps the pages."""

    workspace: Path
    pages: list[Page] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.workspace / "exports"

    def put(self, text: str | bytes, name: str = "deals.csv", encoding: str = "utf-8") -> Path:
        """Replaces a file at once, as exports and editors do."""
        path = self.folder / name
        aside = self.workspace / "aside"
        aside.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return aside.replace(path)

    def open(
        self,
        deals: Mapping[str, object] | None = None,
        *,
        objects: Mapping[str, Mapping[str, object]] | None = None,
        read_only: bool = True,
        stop: threading.Event | None = None,
        **options: object,
    ) -> CsvAdapter:
        told = {"deals": {**DEALS, **(deals or {})}} if objects is None else dict(objects)
        config = CsvOptions.model_validate({"path": "exports", "objects": told, **options})
        return open_csv(
            AdapterContext(
                connection="books",
                config=config,
                workspace=self.workspace,
                zone="Asia/Shanghai",
                read_only=read_only,
                stop=stop or threading.Event(),
            )
        )

    def pull(self, adapter: CsvAdapter, name: str = "deals", cursor: str | None = None) -> list[RawRecord]:
        self.pages = list(adapter.pull(PullRequest(name, cursor)))
        return [record for page in self.pages for record in page.records]

    @property
    def problems(self) -> list[Problem]:
        return [problem for page in self.pages for problem in page.problems]

    @property
    def notices(self) -> dict[str, Mapping[str, object]]:
        return {notice.code: notice.params for page in self.pages for notice in page.notices}

    @property
    def cursor(self) -> str:
        return self.pages[-1].cursor


@pytest.fixture
def books(tmp_path: Path) -> Books:
    (tmp_path / "exports").mkdir()
    return Books(tmp_path)
