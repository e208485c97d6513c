"""Compiles how one object tells its records' stages: which pipeline, which vendor field, which flag."""

from dataclasses import dataclass, field, replace

from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.fields import Workshop
from crmbridge.mapping.lenses.texts import TextLens, TextParameters, make_values
from crmbridge.mapping.rules import ChoiceRule, FieldRule, ObjectRule
from crmbridge.mapping.sources import Source, source
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.mapping.stages import Labels, StageHit, StageTable, label_table, write_labels
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import KindSpec
from crmbridge.model.pipeline import UNKNOWN_STAGE, Category, Pipeline

_STAGED = ("deal", "lead")


@dataclass(slots=True)
class StagingCompiler:
    """Compiles the stages of one object; `problems` collects everything wrong with them."""

    workshop: Workshop
    name: str
    kind: KindSpec
    pipelines: tuple[Pipeline, ...]
    problems: list[ConfigError] = field(default_factory=list)
    pipelines_used: tuple[Pipeline, ...] = ()

    @property
    def document(self) -> MappingDocument:
        """The document the object stands in."""
        return self.workshop.document

    @property
    def rule(self) -> ObjectRule:
        """The object's own table."""
        return self.document.body.objects[self.name]

    @property
    def stage_rule(self) -> FieldRule | None:
        """The rule of the stage, where there is one."""
        rule = self.rule.fields.get("stage")
        return None if rule is None or rule.unmapped else rule

    @property
    def field(self) -> str | None:
        """The vendor field of the stage, where it is one field."""
        rule = self.stage_rule
        return rule.source[0] if rule and len(rule.source) == 1 else None

    @property
    def pipeline_field(self) -> str | None:
        """The vendor field of the pipeline, where it has one."""
        return self.rule.pipeline.source if isinstance(self.rule.pipeline, ChoiceRule) else None

    @property
    def flag_field(self) -> str | None:
        """The vendor's own field for open, won and lost, where it has one."""
        return self.rule.category.source if self.rule.category else None

    @property
    def tells_category(self) -> bool:
        """Whether a record's category can be told at all."""
        return self.kind.name in _STAGED and (self.stage_rule is not None or self.rule.category is not None)

    @property
    def vendor_fields(self) -> tuple[str, ...]:
        """Every vendor field looked at."""
        rule = self.stage_rule
        named = (self.pipeline_field, self.flag_field)
        return (*(name for name in named if name), *((*rule.source, *rule.fallback) if rule else ()))

    @property
    def filled(self) -> set[str]:
        """The neutral fields that the stage fills."""
        rule = self.stage_rule
        if not self.tells_category:
            return set()
        stage = {"stage", "pipeline"} if rule else set()
        raw = {"stage_raw"} if rule and rule.value is None else set()
        return stage | raw | {"category"}

    def compile(self) -> StageReader | None:
        """The reader of stages; None where the object has no stages, or with `problems`."""
        if self.kind.name not in _STAGED:
            self._check_stageless()
            return None
        own = tuple(p for p in self.pipelines if p.object == self.kind.name)
        fixed = self._fixed(own)
        self.pipelines_used = tuple(p for p in own if fixed in {None, p.id})
        if not self.tells_category or self.problems:
            return None
        return self._reader(fixed)

    def _check_stageless(self) -> None:
        for key in ("pipeline", "category"):
            if getattr(self.rule, key) is not None:
                self._problem("{kind} has no stages", key, kind=self.kind.name)

    def _fixed(self, own: tuple[Pipeline, ...]) -> str | None:
        """The one pipeline of all records; None where a vendor field tells it."""
        known, named = [p.id for p in own], self.rule.pipeline
        if isinstance(named, ChoiceRule):
            for value in named.values.values():
                if value not in known:
                    self._unknown(value, known, "pipeline", "values")
            if named.other is not None and named.other not in known:
                self._unknown(named.other, known, "pipeline", "other")
            return None
        if named is not None:
            if named not in known:
                self._unknown(named, known, "pipeline")
            return named
        if len(known) == 1 or self.stage_rule is None:
            return known[0] if len(known) == 1 else None
        template = "{kind} has several pipelines: name one" if known else "there is no pipeline for {kind}"
        hint = "write pipeline = ... (one of {known})" if known else "add [pipelines.NAME] with its stages"
        self._problem(template, kind=self.kind.name, known=", ".join(known), hint=hint)
        return None

    def _unknown(self, name: str, known: list[str], *path: str) -> None:
        near = suggestion(name, known)
        self._problem(
            "there is no pipeline {pipeline}", *path, pipeline=name, nearest=near, hint="did you mean {nearest}?"
        )

    def _reader(self, fixed: str | None) -> StageReader | None:
        table, rule = self._table(fixed), self.stage_rule
        alias, taken, constant = self._alias(rule), self._source(rule), self._constant(table, rule)
        if self.problems:
            return None
        vendor = rule.source[0] if rule and rule.source else None
        return StageReader(table, taken, vendor, alias, constant, self.pipeline_field, self.flag_field, table.cached())

    def _source(self, rule: FieldRule | None) -> Source | None:
        if rule is None or rule.value is not None:
            return None
        if not rule.source:
            self._problem("needs either from or value", "fields", "stage")
            return None
        return source(rule)

    def _alias(self, rule: FieldRule | None) -> TextLens | None:
        if rule is None:
            return None
        parameters = dict(rule.parameters)
        values = parameters.pop("values", {})
        for key in parameters:
            near = suggestion(key, ["from", "fallback", "part", "empty", "value", "values"])
            self._problem(
                "a stage has no parameter {parameter}",
                "fields",
                "stage",
                key,
                parameter=key,
                nearest=near,
                hint="did you mean {nearest}?",
            )
        for key in ("lens", "when", "object"):
            if getattr(rule, key) is not None:
                self._problem("a stage takes no {parameter}", "fields", "stage", key, parameter=key)
        return make_values(TextParameters(values=values)) if values else None

    def _constant(self, table: StageTable, rule: FieldRule | None) -> StageHit | None:
        """The stage of all records: a label, or a stage's key."""
        if rule is None or rule.value is None:
            return None
        if table.fixed is None:
            self._problem("a constant stage needs one pipeline", "fields", "stage")
            return None
        hit = table.resolve(None, str(rule.value), None)
        if hit.stage == UNKNOWN_STAGE and (stage := table.pipelines[table.fixed].stage(str(rule.value))) is not None:
            return StageHit(table.fixed, stage.key, stage.category)
        if hit.stage == UNKNOWN_STAGE:
            known = [s.key for s in table.pipelines[table.fixed].stages]
            self._problem(
                "there is no stage {stage}",
                "fields",
                "stage",
                stage=rule.value,
                nearest=suggestion(str(rule.value), known),
                hint="did you mean {nearest}?",
            )
        return hit

    def _table(self, fixed: str | None) -> StageTable:
        rules = {p.id: self.document.body.pipelines[p.id] for p in self.pipelines_used}
        choices, flags = self._choices(), dict(self.rule.category.values) if self.rule.category else {}
        if self.rule.category is not None and self.rule.category.other is not None:
            self._problem("a category has no other: what the flag does not say is open", "category", "other")
        for value in flags.values():
            if value not in set(Category):
                near = suggestion(value, list(Category))
                self._problem(
                    "{value} is no category",
                    "category",
                    "values",
                    value=value,
                    nearest=near,
                    hint="did you mean {nearest}?",
                )
        back: dict[str, str] = {}
        for vendor, ours in choices.items():
            back.setdefault(ours, vendor)
        table = StageTable(
            pipelines={p.id: p for p in self.pipelines_used},
            labels={name: label_table(rule) for name, rule in rules.items()},
            write_labels={name: write_labels(rule) for name, rule in rules.items()},
            fixed=fixed,
            choices=Labels.of(choices),
            choices_back=back,
            flags=Labels.of(flags or {str(c): str(c) for c in Category}),
            other=self.rule.pipeline.other if isinstance(self.rule.pipeline, ChoiceRule) else None,
        )
        return replace(table, meanings=table.unnamed(self.workshop.meanings.get(self.name, {})))

    def _choices(self) -> dict[str, str]:
        """Vendor's pipelines -> ours: the rule's table, or the pipelines' own ids and names."""
        if not isinstance(self.rule.pipeline, ChoiceRule):
            return {}
        named = dict(self.rule.pipeline.values)
        return named or {word: p.id for p in self.pipelines_used for word in (p.id, *p.names.values())}

    def _problem(self, template: str, *path: str | int, hint: str | None = None, **context: object) -> None:
        self.problems.append(self.document.problem(template, "objects", self.name, *path, hint=hint, **context))
