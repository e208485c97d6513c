"""Ledgers to be copied often: a file, or a database of PostgreSQL that is a template."""

import itertools
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from tests.postgres import with_schema


class Stores(Protocol):
    """Makes new ledgers, and copies of what one is now; `drop` lets go of one."""

    def new(self) -> str:
        """The address of a ledger that is not there yet."""
        ...

    def copy(self, url: str) -> str:
        """The address of a copy; nobody may have the original open."""
        ...

    def drop(self, url: str) -> None:
        """It is not needed any more."""
        ...


@dataclass
class Files:
    """Ledgers in files."""

    folder: Path
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def new(self) -> str:
        """A file that is not there."""
        return f"sqlite:///{self.folder / f'{next(self._numbers)}.db'}"

    def copy(self, url: str) -> str:
        """The file and its log, as they lie there."""
        made = self.new()
        for end in ("", "-wal"):
            file = Path(url.removeprefix("sqlite:///") + end)
            if file.exists():
                shutil.copyfile(file, made.removeprefix("sqlite:///") + end)
        return made

    def drop(self, url: str) -> None:
        """The file and what lies beside it."""
        file = Path(url.removeprefix("sqlite:///"))
        for one in file.parent.glob(f"{file.name}*"):
            one.unlink()


@dataclass
class Databases:
    """Ledgers in databases of their own, on a server for tests."""

    uri: str
    prefix: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def new(self) -> str:
        """A database without tables."""
        return self._make("")

    def copy(self, url: str) -> str:
        """The database, file by file."""
        return self._make(self._name(url))

    def drop(self, url: str) -> None:
        """Whoever is still in it is sent away."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._name(url))))

    def _make(self, template: str) -> str:
        name = f"{self.prefix}_{next(self._numbers)}"
        like = sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template)) if template else sql.SQL("")
        self._run(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), like))
        head, _, more = self.uri.partition("?")
        return with_schema(f"{head.rpartition('/')[0]}/{name}{'?' if more else ''}{more}", "acme")

    def _name(self, url: str) -> str:
        return url.partition("?")[0].rpartition("/")[2]

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement)
