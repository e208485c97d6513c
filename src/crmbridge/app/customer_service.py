"""How customers are served: the workspace's policies, and what they want in the CRMs now."""

from collections.abc import Mapping, Sequence

from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.customers_report import CustomersReport
from crmbridge.services.service_document import ServiceConfig, built_in, load_service
from crmbridge.services.service_policies import ServiceReport, service
from crmbridge.services.wants import TaskMade

FILE = "service.toml"


def own_document(wiring: Wiring) -> ServiceConfig:
    """The workspace's `service.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_service, built_in)


def serve(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    report: CustomersReport,
    made: Mapping[str, TaskMade],
) -> ServiceReport:
    """The service of the customers of a report; `made` are the tasks of earlier runs."""
    return service(facts, pipelines, report, own_document(wiring), calendar=wiring.calendar, made=made)
