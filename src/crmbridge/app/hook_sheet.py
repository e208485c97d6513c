"""The sheet for a webhook that a person enters in the vendor's pages: the address, the secret, and where to enter them.

It holds what must never be on a screen or in a log, so it is a file that only its owner may read, and is to be removed.
"""

import os
from pathlib import Path

from crmbridge.model.errors import StoreError

NAME = "webhook-{connection}.txt"


def write(state_dir: Path, connection: str, url: str, *, secret: str | None, steps: tuple[str, str]) -> Path:
    """Writes the sheet anew; its path. `secret` None: the vendor made it, and has it already."""
    file = state_dir / NAME.format(connection=connection)
    lines = [*steps, "", f"URL: {url}", *([] if secret is None else [f"Secret: {secret}"])]
    try:
        file.unlink(missing_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write("\n".join(lines) + "\n")
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=error.strerror) from error
    return file
