"""One worker of many, over one or many workspaces: what `crmbridge worker` starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.app.jobs.cluster.queue import Queue
from crmbridge.app.jobs.cluster.tenants import Tenants
from crmbridge.app.jobs.cluster.working import Manner, Worker
from crmbridge.model.errors import ConfigError
from crmbridge.report.jobs import worker_listing

if TYPE_CHECKING:
    from crmbridge.app.jobs.cluster.tenants import Tenant
    from crmbridge.report.listing import Listing


def work(
    source: Path,
    environ: Mapping[str, str],
    *,
    queue: str | None = None,
    jobs: int = 4,
    share: int | None = None,
    grace_s: float = 20,
    drain: bool = False,
) -> Listing:
    """Works until the system wants it to end, with `drain` until nothing is left; what it has done.

    ConfigError without procrastinate, and where no workspace can be served; StoreError where the queue is not there.
    """
    tenants = Tenants(source, environ)
    address = queue or _database(tenants.require())
    worker = Worker(tenants, Queue(address), environ, Manner(jobs, share, grace_s, drain))
    worker.work()
    return worker_listing(worker.tally.rows(), exit_code=worker.tally.exit_code if drain else 0)


def _database(tenants: Mapping[str, Tenant]) -> str:
    """The one database of all ledgers."""
    servers = {tenant.place.server: tenant.workspace.ledger_url for tenant in tenants.values()}
    if len(servers) > 1:
        raise ConfigError(
            "the ledgers lie in {count} databases",
            count=len(servers),
            hint="say which one has the queue: --queue postgresql://user@host/database, or CRMBRIDGE_QUEUE",
        )
    return next(iter(servers.values()))
