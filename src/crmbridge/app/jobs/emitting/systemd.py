"""A hardened service that runs one tick, and the timer that starts it; or a worker, which goes on.

The service may write the workspace and nothing else, gains no right, sees no other process's files, and gets its
secrets from the service manager. A run that a person must look at (3, 4, 78) is not started again.
"""

from collections.abc import Mapping
from pathlib import Path

from crmbridge.app.jobs.emitting.place import Place

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


def units(place: Place) -> Mapping[str, str]:
    """The text of both units by the names of their files."""
    return {f"{place.unit}.service": _service(place), f"{place.unit}.timer": _timer(place)}


def worker_unit(place: Place) -> Mapping[str, str]:
    """The text of the unit of a worker, by the name of its file."""
    return {f"{place.unit}-worker.service": _filled(_WORKER + _HARDENED + _WITH_THE_SYSTEM, place, "worker")}


def _service(place: Place) -> str:
    return _filled(_SERVICE + _HARDENED, place, "tick", "--quiet")


def _filled(text: str, place: Place, *command: str) -> str:
    words = [place.program, *command, "--log", "json", "--workspace", str(place.folder)]
    secrets = "".join(f"LoadCredential={name}:/etc/crmbridge/{place.name}/{name}\n" for name in place.secrets)
    hint = _SECRETS.format(name=place.name) if place.secrets else ""
    return text.format(
        name=place.name,
        version=place.version,
        unit=place.unit,
        command=" ".join(map(_quoted, words)),
        user=place.user,
        minutes=place.minutes,
        secrets=hint + secrets,
        home="read-only" if _is_at_home(place) else "yes",
        written=" ".join(_quoted(str(one)) for one in place.written),
    )


def _timer(place: Place) -> str:
    calendar = "*:0" if place.every == 60 else "*:*" if place.every == 1 else f"*:0/{place.every}"  # noqa: PLR2004
    return _TIMER.format(name=place.name, calendar=calendar)


def _is_at_home(place: Place) -> bool:
    """Whether something that it needs lies where people's homes are, which are hidden from it otherwise."""
    needed = (Path(place.program), *place.written)
    return any(one.is_relative_to(home) for one in needed for home in _HOMES)


def _quoted(word: str) -> str:
    """A word as units have it: no specifier, no variable, in quotes where it has a space."""
    plain = word.replace("%", "%%").replace("$", "$$").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"' if any(char.isspace() or char in "\"';" for char in word) else plain


_SECRETS = """\
# Each secret is a file of root's, mode 0600. systemd-creds encrypt keeps it unreadable on the disk too:
# write LoadCredentialEncrypted= then.
"""
_SERVICE = """\
# Written by crmbridge {version}: crmbridge schedule emit --systemd
# Into /etc/systemd/system, then: systemctl daemon-reload && systemctl enable --now {unit}.timer
[Unit]
Description=crmbridge: what is due in {name}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={command}
User={user}
{secrets}TimeoutStartSec={minutes}min
TimeoutStopSec=2min
# 1: done, some records wait in quarantine. 75: another run is at it.
SuccessExitStatus=1 75
Restart=on-failure
RestartSec=5min
# A person must look (3), log in (4) or edit the configuration (78): the same again changes nothing.
RestartPreventExitStatus=3 4 78
"""
_WORKER = """\
# Written by crmbridge {version}: crmbridge schedule emit --systemd --worker
# Into /etc/systemd/system, then: systemctl daemon-reload && systemctl enable --now {unit}-worker.service
[Unit]
Description=crmbridge: a worker for {name}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart={command}
User={user}
{secrets}TimeoutStopSec=2min
Restart=always
RestartSec=10s
# A person must edit the configuration (78): the same again changes nothing.
RestartPreventExitStatus=78
"""
_HARDENED = """\

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths={written}
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077
"""
_WITH_THE_SYSTEM = """\

[Install]
WantedBy=multi-user.target
"""
_TIMER = """\
[Unit]
Description=crmbridge: looks what is due in {name}

[Timer]
OnCalendar={calendar}
AccuracySec=10s
Persistent=yes

[Install]
WantedBy=timers.target
"""
