"""The adapter: one folder of CSV files, as the contract wants it."""

from collections.abc import Iterator, Sequence

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Change, Health, HistoryPage, Outcome, Page, PullRequest, RawRecord
from crmbridge.model.errors import ConfigError, CrmBridgeError
from crmbridge_csv import lookup
from crmbridge_csv.catalog import catalog_of
from crmbridge_csv.config import CsvOptions
from crmbridge_csv.history import NO_HISTORY, list_history
from crmbridge_csv.history_plan import HistoryPlan, history_plan
from crmbridge_csv.opening import open_table
from crmbridge_csv.plan import Plan, plan_of
from crmbridge_csv.pull import pull
from crmbridge_csv.push import push
from crmbridge_csv.reading import columns_of
from crmbridge_csv.shape import shape_of


class CsvAdapter:
    """One connection. It holds no file open between two calls, and nothing in memory."""

    def __init__(self, context: AdapterContext, options: CsvOptions) -> None:
        self._context = context
        self._options = options

    def check(self) -> Health:
        """Whether every file is there, in its declared encoding and with the columns that are named."""
        found = (_problem_of(plan) or _history_problem(self._history(plan.name)) for plan in self._plans())
        problems = tuple(problem for problem in found if problem)
        return Health(
            ok=not problems,
            org_id=f"csv:{self._options.path.replace(chr(92), '/').rstrip('/') or '.'}",
            title=f"CSV files in {self._options.path}",
            problems=problems,
        )

    def describe(self) -> Catalog:
        """The configured objects with their columns; reads headers only."""
        return catalog_of(self._plans(), self._options.page_size)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """The pages of an object. All columns come, whatever fields are asked for: a mapping may want them later."""
        plan = self._plan(request.object)
        return pull(plan, request.cursor, self._context.stop.is_set, reached=request.reached)

    def list_history(self, request: PullRequest) -> Iterator[HistoryPage]:
        """The stage changes of an object from its file of history; one empty page where it has none."""
        plan = self._history(request.object)
        if plan is None:
            yield HistoryPage((), request.cursor or NO_HISTORY, complete=True)
            return
        yield from list_history(plan, request.cursor, self._context.stop.is_set)

    def push(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Writes each file once for all its changes; ConfigError where the connection is open for reading only."""
        self._context.check_may_write()
        return push({plan.name: plan for plan in self._plans()}, changes)

    def fetch(self, object_name: str, external_ids: Sequence[str]) -> Sequence[RawRecord | None]:
        """The records of those ids."""
        return lookup.fetch(self._plan(object_name), external_ids)

    def find(self, object_name: str, field_name: str, values: Sequence[str]) -> Sequence[Sequence[RawRecord]]:
        """The records whose column is exactly one of those values."""
        return lookup.find(self._plan(object_name), field_name, values)

    def count(self, object_name: str) -> int:
        """How many records there are."""
        return lookup.count(self._plan(object_name))

    def close(self) -> None:
        """Has nothing to let go of."""

    def _plan(self, name: str) -> Plan:
        return plan_of(self._context, self._options, name)

    def _history(self, name: str) -> HistoryPlan | None:
        return history_plan(self._context, self._options, name)

    def _plans(self) -> list[Plan]:
        return [self._plan(name) for name in self._options.objects]


def _problem_of(plan: Plan) -> str | None:
    """What would stop an object from being read, or None."""
    try:
        columns_of(plan)
        for source in plan.sources():
            with open_table(source, plan.layout) as table:
                if table.names:
                    shape_of(plan, table, lambda _: False)
    except CrmBridgeError as error:
        return f"{plan.name}: {error}"
    return None


def _history_problem(plan: HistoryPlan | None) -> str | None:
    """What would stop the history of an object from being read, or None."""
    try:
        for source in plan.sources() if plan else ():
            with open_table(source, plan.layout) as table:  # type: ignore[union-attr]  # there is a plan
                if table.names:
                    plan.columns(table)  # type: ignore[union-attr]
    except CrmBridgeError as error:
        return f"{plan.object}.history: {error}" if plan else None
    return None


def open_csv(context: AdapterContext) -> CsvAdapter:
    """The way in that the descriptor names."""
    if not isinstance(context.config, CsvOptions):
        raise ConfigError("the configuration of {connection} is not one of csv", connection=context.connection)
    return CsvAdapter(context, context.config)
