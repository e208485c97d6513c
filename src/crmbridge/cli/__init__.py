"""The command line: one file a command, each a few lines over `crmbridge.app`. Typer and rich live only here."""
