"""Where most deals are lost, and which follow-up policies are for that stage: the ones to look at first."""

from collections.abc import Mapping
from fractions import Fraction

from crmbridge.services.cadence_document import CadenceConfig
from crmbridge.services.funnel_report import FunnelReport, StageRow
from crmbridge.services.results import Rate

Policies = dict[str, Mapping[str, str]]
"""Policies of follow-up by id, with their names by language."""


def policies_to_review(report: FunnelReport, config: CadenceConfig) -> dict[tuple[str, str], Policies]:
    """Of each pipeline the stage with the highest leakage, and the policies of follow-up for deals in it, with names.

    A stage that fewer than `n_min` deals reached says nothing. Of equal ones the first counts; none where no deal was
    lost. A stage for which there is no policy has none, which is a finding too.
    """
    worst: dict[str, tuple[Fraction, StageRow]] = {}
    for row in report.stages:
        leaked = row.leakage.value if isinstance(row.leakage, Rate) and row.leakage.n >= report.request.n_min else None
        if leaked and (row.pipeline not in worst or leaked > worst[row.pipeline][0]):
            worst[row.pipeline] = leaked, row
    return {(pipeline, row.stage): _policies(row, config) for pipeline, (_, row) in worst.items()}


def _policies(row: StageRow, config: CadenceConfig) -> Policies:
    called = _called(row.stage, row.names)
    return {
        name: policy.names
        for name, policy in config.in_use
        if "deal" in policy.applies_to.object
        and policy.applies_to.stage is not None
        and called & {stage.casefold() for stage in policy.applies_to.stage}
    }


def _called(key: str, names: Mapping[str, str]) -> set[str]:
    return {key.casefold(), *(name.casefold() for name in names.values())}
