"""A person's word for a plan goes into the audit log before anything is sent, and what came of it afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from crmbridge.app.wiring import Wiring
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.twoway.approving import Approval


@dataclass(slots=True)
class Ended:
    """How the carrying out of a plan ended."""

    exit_code: int = 70


@contextmanager
def approved(wiring: Wiring, plan: Plan, lifted: Sequence[str]) -> Iterator[Ended]:
    """The plan is carried out inside. ConfigError where a guard is named that nobody can lift."""
    Approval("", frozenset(lifted)).check_names()
    about, ended = f"plan:{plan.name}", Ended()
    with wiring.audit.begin() as tx:
        wiring.audit.tell(tx, "plan.approved", about, scope=plan.scope, lines=plan.lines, undoes=plan.undoes)
        for guard in sorted(set(lifted)):
            wiring.audit.tell(tx, "guard.lifted", about, guard=guard)
    try:
        yield ended
    except CrmBridgeError as error:
        ended.exit_code = error.exit_code
        raise
    finally:
        wiring.audit.note("plan.carried_out", about, exit_code=ended.exit_code)
