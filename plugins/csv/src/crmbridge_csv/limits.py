"""The bounds of this adapter, in one place."""

MAX_CELL_CHARS = 10 * 1024 * 1024
"""A longer cell makes its row a problem. The neutral fields have a cap of their own, far below."""
MAX_LINE_BYTES = 64 * 1024 * 1024
"""A file with a longer line is refused: it could not be read in bounded memory."""
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
"""A zipped table may not unpack to more, nor may a workbook, nor all the texts of one sheet together."""
MAX_SHEET_CELLS = 20_000_000
"""A sheet with a larger area is refused before it is read: it is held in memory whole, blank cells too."""
MAX_PIECE_BYTES = 16 * 1024 * 1024
"""A workbook with a longer tag or text is refused: a tag cannot be looked at in halves."""
MAX_SHOWN_CHARS = 1_000
"""How much of a bad row is kept for a person to look at."""
MAX_SCANNED_ROWS = 50_000
"""A page ends after so many rows even if they held few records, so that a stop is heard."""
SAMPLE_BYTES = 64 * 1024
"""How much of a file is looked at to tell whether its encoding can be right."""
BATCH_SIZE = 10_000
"""How many changes one rewriting of a file takes."""
