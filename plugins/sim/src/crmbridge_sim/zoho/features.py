"""What stands on top of records: search index, bulk jobs, notifications and the timeline, tied to one simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_sim.zoho import sql
from crmbridge_sim.zoho.bulk.jobs import BulkJobs
from crmbridge_sim.zoho.search import Unindexed
from crmbridge_sim.zoho.timeline import Timeline
from crmbridge_sim.zoho.watch.channels import Channels

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


class Features:
    """Made once per simulator, after seeding: what was seeded is neither fresh nor told to anybody."""

    def __init__(self, sim: ZohoSimulator) -> None:
        sim.store.db.create_function("crm_user", 2, sql.user_attribute(sim.people))
        self.unindexed = Unindexed(sim)
        self.timeline = Timeline(sim)
        self.channels = Channels(sim)
        self.bulk = BulkJobs(sim)
        self.tags: dict[str, set[str]] = {}  # names of tags made without a record, by module
        sim.store.listeners += [self.unindexed, self.timeline, self.channels]
