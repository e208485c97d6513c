"""Large sources are read in a process of their own: Python reads and maps on one core, and writes on another.

recipe.py   what such a process is made of, and when it is begun        (both sides)
wire.py     what the two say to each other, over two pipes              (both sides)
reading.py  the pages of an object, whichever process reads them        (here)
process.py  the other process, as it is seen from here                  (here)
child.py    what it does                                                (there; imports no SQL)
"""
