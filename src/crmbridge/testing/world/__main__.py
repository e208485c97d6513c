"""`python -m crmbridge.testing.world`."""

import sys

from crmbridge.testing.world.command import main

if __name__ == "__main__":
    sys.exit(main())
