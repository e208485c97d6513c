"""Sales processes and their stages: value, label, status and probability of each (dossier 3.10, 4.4)."""

from __future__ import annotations

from typing import NamedTuple

from crmbridge_sim.fxiaoke import ids
from crmbridge_sim.fxiaoke.schema import Option
from crmbridge_sim.fxiaoke.standard import own_value

RUNNING, WON, LOST, VOID = "1", "2", "3", "4"
# Codes of OpportunityObj 1.0: ``running`` was seen, the others are guesses (dossier 4.4).
OLD_STATUS = {RUNNING: "running", WON: "win", LOST: "lose", VOID: "invalid"}


class Stage(NamedTuple):
    """A stage of a process; ``key`` is the neutral world's word."""

    key: str
    process: str
    value: str
    label: str
    status: str
    probability: int
    old_id: str


class Process(NamedTuple):
    """A sales process."""

    key: str
    id: str
    name: str


_PROCESSES = (("sales", "标准销售流程"), ("renewal", "续约流程"))
_STAGES = (
    ("qualify", "sales", "1", "初步接触", RUNNING, 10),
    ("needs", "sales", "2", "需求确认", RUNNING, 20),
    ("value", "sales", "3", "价值呈现", RUNNING, 40),
    ("decide", "sales", "4", "决策人认可", RUNNING, 60),
    ("propose", "sales", "5", "方案报价", RUNNING, 75),
    ("negotiate", "sales", "6", "商务谈判", RUNNING, 90),
    ("won", "sales", "7", "赢单", WON, 100),
    ("lost", "sales", "8", "输单", LOST, 0),
    ("lost_rival", "sales", "?", "竞品胜出", LOST, 0),
    ("void", "sales", "9", "无效", VOID, 0),
    ("due", "renewal", "?", "待续约", RUNNING, 50),
    ("review", "renewal", "?", "合同审批", RUNNING, 80),
    ("renewed", "renewal", "?", "已续约", WON, 100),
    ("ended", "renewal", "?", "未续约", LOST, 0),
)


class Stages:
    """The tenant's processes and stages; ids and own values follow from its seed."""

    def __init__(self, seed: int) -> None:
        self.processes = [Process(key, ids.digest("process", seed, key)[:24], name) for key, name in _PROCESSES]
        self.all = [
            Stage(
                key,
                process,
                own_value(seed, "stage", label) if value == "?" else value,
                label,
                status,
                share,
                ids.digest("stage", seed, key)[:32],
            )
            for key, process, value, label, status, share in _STAGES
        ]
        self.by_key = {stage.key: stage for stage in self.all}
        self.by_value = {stage.value: stage for stage in self.all}
        self.by_old_id = {stage.old_id: stage for stage in self.all}
        self.process_names = {process.id: process.name for process in self.processes}

    def options(self) -> list[Option]:
        """The options of ``sales_stage``."""
        return [Option(stage.value, stage.label) for stage in self.all]

    def process_id(self, key: str) -> str:
        """The id of a process by the world's word."""
        return next(process.id for process in self.processes if process.key == key)

    def of_process(self, process_id: object) -> list[Stage]:
        """The stages of a process, in order."""
        keys = {process.key for process in self.processes if process.id == process_id}
        return [stage for stage in self.all if stage.process in keys]
