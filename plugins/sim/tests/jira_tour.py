"""What the client ``jira`` (PyPI) does with a site, told as JSON on stdout; run in a process of its own."""

from __future__ import annotations

import json
import sys
from typing import Any

from jira import JIRA, JIRAError


def signed_in(given: dict[str, str]) -> JIRA:
    """Cloud by e-mail and API token, Data Center by a personal access token."""
    if given["deployment"] == "cloud":
        return JIRA(given["api_url"], basic_auth=(given["email"], given["token"]), max_retries=0)
    return JIRA(given["api_url"], token_auth=given["token"], max_retries=0)


def main(given: dict[str, str]) -> dict[str, Any]:
    """The tour."""
    client = signed_in(given)
    begin = {"project": {"key": "SALE"}, "issuetype": {"name": "Follow-up"}}
    made = client.create_issue(
        fields={**begin, "summary": "Call Ada", "description": "Deal D-88", "labels": ["crm-sync"]}
    )
    for number in range(2):
        client.create_issue(fields={**begin, "summary": f"other {number}"}, prefetch=False)
    made.update(fields={"summary": "edited"})
    client.assign_issue(made, None)
    client.add_issue_property(made.key, "crm.task", {"id": "t1"})
    client.add_remote_link(made.key, {"url": "https://crm.example.com/1", "title": "Deal"}, globalId="crm:1")
    client.create_issue_link("Relates", made.key, "SALE-2")
    client.transition_issue(made, "Done")
    client.add_comment(made, "hello")
    read = client.issue(made.key)
    try:
        made.update(fields={"labels": ["a b"]})
        refused = ""
    except JIRAError as error:
        refused = error.text or ""
    told = {
        "key": made.key,
        "me": client.myself()["displayName"],
        "projects": sorted(one.key for one in client.projects()),
        "summary": read.fields.summary,
        "description": read.fields.description,
        "label": read.fields.labels,
        "status": read.fields.status.name,
        "comments": [one.body for one in client.comments(made)],
        "property": client.issue_property(made.key, "crm.task").raw["value"],
        "link": client.remote_links(made)[0].object.title,
        "found": [one.key for one in client.search_issues("project = SALE AND labels = crm-sync")],
        "all": len(client.search_issues("project = SALE ORDER BY key", maxResults=0)),
        "refused": refused,
    }
    made.delete()  # type: ignore[no-untyped-call]  # the client's own
    try:
        client.issue(made.key)
    except JIRAError as error:
        told["gone"] = error.status_code
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
