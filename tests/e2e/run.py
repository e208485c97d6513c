"""The command line in a process of its own, as `crmbridge` runs it."""

from crmbridge.cli.app import main

if __name__ == "__main__":
    main()
