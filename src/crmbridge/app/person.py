"""Who sits at this machine: the name that approvals and grants are kept under."""

import getpass
import platform


def who() -> str:
    """The account's name and the machine's, as the operating system knows them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        name = "?"
    return f"{name}@{platform.node()}"
