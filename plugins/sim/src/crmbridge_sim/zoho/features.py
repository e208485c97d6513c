"""What stands on top of records: search index, bulk jobs, notifications and the timeline, tied to one simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_sim.zoho import sql
from crmbridge_sim.zoho.bulk.jobs import BulkJobs
from crmbridge_sim.zoho.search import Unindexed
from crmbridge_sim.zoho.timeline import Timeline
from crmbridge_sim.zoho.watch.channels import Channels
from crmbridge_sim.zoho.watch.outbox import Callback

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


class Features:
    """Made once per simulator, after seeding: what was seeded is neither fresh nor told to anybody."""

    def __init__(self, sim: ZohoSimulator) -> None:
        sim.store.db.create_function("crm_user", 2, sql.user_attribute(sim.people))
        self.unindexed = Unindexed(sim)
        self.timeline = Timeline(sim)
        self._sim = sim
        self.channels = Channels(sim)
        self.bulk = BulkJobs(sim)
        self.tags: dict[str, set[str]] = {}  # names of tags made without a record, by module
        sim.store.listeners += [self.unindexed, self.timeline, self.channels]

    def due(self) -> list[Callback]:
        """The callbacks that are due now, of notifications and of bulk jobs; they are gone afterwards."""
        self._tell_of_jobs()
        return self.channels.outbox.take()

    def deliver(self) -> int:
        """Posts the callbacks that are due, for a simulator behind a socket; returns how many were taken."""
        self._tell_of_jobs()
        return self.channels.outbox.deliver()

    def _tell_of_jobs(self) -> None:
        with self._sim.lock:
            now = self._sim.clock.now()
            for job in self.bulk.ended(now):
                self.channels.outbox.put(Callback(job.callback, self.bulk.described(job, now), now))
