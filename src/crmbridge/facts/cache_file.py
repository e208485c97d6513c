"""The file that facts are kept in between calls: when it is in use, when it is damaged, and how it is thrown away."""

from pathlib import Path

import duckdb

from crmbridge.model.notes import Note

SUFFIX = ".duckdb"
"""Only a file of this suffix is ever thrown away: a mistyped path must not cost anybody a file."""

_BUSY = ("lock on file", "used by another process", "already open in")
_DAMAGE = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)


def is_busy(error: BaseException) -> bool:
    """Whether somebody else is using the cache right now, in this process or another."""
    if isinstance(error, duckdb.TransactionException | duckdb.ConnectionException):
        return True
    text = str(error).casefold()
    return any(words in text for words in _BUSY)


def is_damage(error: BaseException) -> bool:
    """Whether DuckDB could not read what it wrote; a wrong checksum has no class of its own."""
    return isinstance(error, _DAMAGE) or type(error) is duckdb.Error


def discard(cache: Path) -> bool:
    """The cache is thrown away, with its log; False where that cannot be, or where the file may not be ours."""
    if cache.suffix != SUFFIX or cache.is_dir():
        return False
    try:
        cache.unlink(missing_ok=True)
        cache.with_name(f"{cache.name}.wal").unlink(missing_ok=True)
    except OSError:
        return False
    return True


def note(cache: Path, error: Exception) -> Note:
    """What is said about a cache that could not be used."""
    if is_busy(error):
        return Note("FACTS_CACHE_BUSY", "{file} is in use, the facts were built in memory", {"file": str(cache)})
    reason = str(error).strip().partition("\n")[0]
    template = "{file} could not be used and was left aside: {reason}"
    return Note("FACTS_CACHE_UNUSABLE", template, {"file": str(cache), "reason": reason})
