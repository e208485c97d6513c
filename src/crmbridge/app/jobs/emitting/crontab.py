"""Crontab lines: one that looks what is due. Two at once do no harm, so no lock is needed around it."""

import shlex

from crmbridge.app.jobs.emitting.place import Place


def lines(place: Place) -> str:
    """The lines, for `crontab -e` of the user whose workspace it is."""
    words = [place.program, "tick", "--quiet", "--workspace", str(place.folder)]
    command = " ".join(shlex.quote(word) for word in words).replace("%", "\\%")
    minute = "0" if place.every == 60 else "*" if place.every == 1 else f"*/{place.every}"  # noqa: PLR2004
    return _LINES.format(
        name=place.name, version=place.version, user=place.user, zone=place.zone, minute=minute, command=command
    )


_LINES = """\
# crmbridge {version}: what is due in {name}; for the crontab of {user}.
# When a job comes due is said in the zone of the workspace ({zone}), whatever the zone of this machine.
# It says nothing where all went well: cron mails only what a person must know. MAILTO=you@example.com
{minute} * * * * {command}
"""
