"""Where the secrets of connections are found and kept: the only place that opens a keyring or an age file.

    credential:NAME   $CREDENTIALS_DIRECTORY/NAME (systemd), then /run/secrets/NAME (containers)
    keyring:NAME      the keyring of the operating system, where it is one that encrypts
    file:PATH         a file encrypted with age; its identity is the credential `crmbridge-age-identity`
    env:NAME          an environment variable, which is told as a warning
    NAME              all of these in this order: credential, keyring, secrets/NAME.age, CRMBRIDGE_SECRET_NAME

A secret is never an argument of a command, never printed, and never in the ledger. An error names the places that
were looked at, and nothing of what was found there.
"""

from crmbridge.app.secrets.reference import Reference
from crmbridge.app.secrets.vault import ConnectionSecrets, Found, Vault

__all__ = ["ConnectionSecrets", "Found", "Reference", "Vault"]
