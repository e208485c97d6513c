"""Records what a vendor answers to the adapter of a connection, without anything about people: `crmbridge kit record`.

It looks, describes and reads some pages; it writes nothing there, and nothing into the ledger.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, PullRequest
from crmbridge.app.extending.recordings import ENDING
from crmbridge.http import strict, tapping
from crmbridge.http.masking import Mask
from crmbridge.http.recording import Recorder
from crmbridge.model.errors import ConfigError, StoreError, suggestion
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring


def record(
    wiring: "Wiring",
    connection: str,
    file: Path,
    *,
    objects: Sequence[str] = (),
    pages: int = 2,
    keep: Sequence[str] = (),
) -> Listing:
    """The exchanges recorded, by method and path; `objects` are those of the mapping where none is named.

    ConfigError where the file is not called a recording, where an object is not there, or where the adapter calls
    nobody by HTTP; StoreError where the file is there already.
    """
    if not file.name.endswith(ENDING):
        raise ConfigError("{file} does not end with {ending}", file=file.name, ending=ENDING)
    if file.exists():
        raise StoreError("{file} is there already, and nothing was changed", file=str(file))
    recorder = Recorder()
    with tapping.tapping(recorder.around):
        adapter = wiring.open(connection)
        try:
            catalog = _exercised(adapter, objects or _mapped(wiring, connection), pages)
        finally:
            adapter.close()
    name = wiring.workspace.connection(connection).adapter
    made = recorder.recording(adapter=name, mask=Mask(keep=keep, vocabulary={*_words(catalog), *keep}))
    exchanges = made["exchanges"]
    if not isinstance(exchanges, list) or not exchanges:
        raise ConfigError("the adapter {adapter} has called nobody by HTTP, so nothing was heard", adapter=name)
    _write(file, strict.encode(made) + b"\n")
    columns = (
        Column("method", mark("method")),
        Column("path", mark("path")),
        Column("status", mark("status"), "count"),
        Column("omitted", mark("left out"), "bool"),
    )
    shown = ("method", "path", "status")
    rows = tuple({**{key: one[key] for key in shown}, "omitted": "omitted" in one} for one in exchanges)
    return Listing("kit-record/1", columns, rows)


def _exercised(adapter: Adapter, objects: Sequence[str], pages: int) -> Catalog:
    """What it describes, after some pages of each object were read."""
    adapter.check()
    catalog = adapter.describe()
    known = [one.name for one in catalog.objects]
    for name in objects:
        if name not in known:
            near = suggestion(name, known)
            text = "there is no object {object}"
            raise ConfigError(text, object=name, nearest=near, hint="did you mean {nearest}?")
        for _ in islice(adapter.pull(PullRequest(name)), pages):
            pass
    return catalog


def _mapped(wiring: "Wiring", connection: str) -> list[str]:
    return list(wiring.document(connection).body.objects)


def _words(catalog: Catalog) -> Iterator[str]:
    """What the vendor calls things: objects, fields and their types. Labels and choices are the company's."""
    for one in catalog.objects:
        yield one.name
        for field in one.fields:
            yield field.name
            yield field.type


def _write(file: Path, body: bytes) -> None:
    try:
        with file.open("xb") as target:
            target.write(body)
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=str(error)) from error
