"""Compiles the rules of one object: its kind, its stages, its fields, and what must be filled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from crmbridge.mapping.customs import LENSES, custom_encoder, custom_spec, stage_date_encoder
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.fields import CompiledField, Path, Workshop
from crmbridge.mapping.lenses.frame import Setting
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.rows import blank_row, place_stage, plan_for, required_groups
from crmbridge.mapping.rules import FieldRule, ObjectRule
from crmbridge.mapping.staging import StagingCompiler
from crmbridge.mapping.stored import encoder
from crmbridge.mapping.straight import straight
from crmbridge.mapping.writing import Writer
from crmbridge.model.custom import CustomType
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import COMPUTED, FieldSpec, FieldType, KindSpec, kind
from crmbridge.model.pipeline import Category, Pipeline

_KEY_KINDS = ("user", "account", "contact", "lead")
_STAGED = ("deal", "lead")
_RAW_TYPES = {FieldType.ENUM}


@dataclass(slots=True)
class ObjectCompiler:
    """Compiles one object. `problems` collects everything wrong with it, each with file and line."""

    workshop: Workshop
    name: str
    pipelines: tuple[Pipeline, ...]
    zone: ZoneInfo
    currency: str
    problems: list[ConfigError] = field(default_factory=list)

    @property
    def document(self) -> MappingDocument:
        """The document the object stands in."""
        return self.workshop.document

    @property
    def rule(self) -> ObjectRule:
        """The object's own table."""
        return self.document.body.objects[self.name]

    def compile(self) -> CompiledObject | None:
        """The object, or None with `problems`."""
        spec = self._kind()
        if spec is None:
            return None
        staging = StagingCompiler(self.workshop, self.name, spec, self.pipelines)
        stage = staging.compile()
        self.problems += staging.problems
        fields = self._fields(spec)
        dates = self._stage_dates(staging.pipelines_used)
        customs = self._customs()
        self._check_whole(spec, staging)
        keys = self._keys(spec, fields)
        targets = self._targets(fields)
        if self.problems:
            return None
        everything = (*fields, *dates, *customs)
        place = None if stage is None else place_stage(stage, spec, {f.name for f in fields})
        blank, required = blank_row(spec, fields), required_groups(spec)
        plans = {category: plan_for(category, spec, fields, customs, dates) for category in Category}
        return CompiledObject(
            object=self.name,
            kind=spec,
            vendor_fields=frozenset((*staging.vendor_fields, *(v for f in everything for v in f.vendor_fields))),
            ref_targets=targets,
            keys=keys,
            unknown=frozenset(spec.fields) - {f.name for f in fields} - staging.filled,
            fields=everything,
            staging=place,
            blank=blank,
            plans=plans,
            required=required,
            writer=Writer(
                spec,
                {f.name: f for f in everything},
                stage.table if stage else None,
                staging.field,
                staging.pipeline_field,
            ),
            straight=straight(blank, plans, place, required),
            is_read=self.rule.read,
            is_optional=self.rule.optional,
            asks_history=self.rule.history,
        )

    def _problem(self, template: str, *path: str | int, hint: str | None = None, **context: object) -> None:
        self.problems.append(self.document.problem(template, "objects", self.name, *path, hint=hint, **context))

    def _kind(self) -> KindSpec | None:
        if self.rule.kind is None:
            self._problem("kind is missing")
            return None
        try:
            return kind(self.rule.kind)
        except ConfigError as error:
            self.problems.append(self.workshop.placed(error, "objects", self.name, "kind"))
            return None

    def _fields(self, spec: KindSpec) -> list[CompiledField]:
        """The compiled rules in the order of the kind's fields; without the stage, which is read before them."""
        found: list[CompiledField] = []
        rules = {name: rule for name, rule in self.rule.fields.items() if not rule.unmapped}
        for name in rules:
            self._check_name(spec, name)
        for name, one in spec.fields.items():
            rule = rules.get(name)
            path: Path = ("objects", self.name, "fields", name)
            if rule is None and (labelled := _labelled(spec, name, rules)) is not None:
                label_of, rule = labelled
                path = ("objects", self.name, "fields", label_of)
            if rule is None or (name in {"stage", "pipeline", "category"} and spec.name in _STAGED):
                continue
            made, wrong = self.workshop.compile(
                self._setting(one), self._for_lens(one, rule), path, encode=encoder(one, self.zone)
            )
            self.problems += wrong
            found += [made] if made else []
        return found

    def _check_name(self, spec: KindSpec, name: str) -> None:
        path = ("fields", name)
        if (spec.name, name) in COMPUTED:
            hint = "write category = {{ from = ..., values = ... }} under [objects.{object}] for the vendor's own flag"
            self._problem("the stage decides {field}", *path, field=name, object=self.name, hint=hint)
        elif name == "pipeline" and spec.name in _STAGED:
            hint = "write pipeline = ... under [objects.{object}]"
            self._problem("the pipeline is no field", *path, object=self.name, hint=hint)
        elif name not in spec.fields:
            near = suggestion(name, spec.fields)
            hint = "did you mean {nearest}?"
            self._problem("{kind} has no field {field}", *path, kind=spec.name, field=name, nearest=near, hint=hint)

    def _for_lens(self, one: FieldSpec, rule: FieldRule) -> FieldRule:
        if rule.object is not None and one.type is not FieldType.REF:
            self._problem("{field} is no reference: object has no meaning", "fields", one.name, field=one.name)
        return rule

    def _setting(self, spec: FieldSpec) -> Setting:
        return Setting(spec, self.zone, self.currency)

    def _stage_dates(self, pipelines: Iterable[Pipeline]) -> list[CompiledField]:
        found: list[CompiledField] = []
        order = [stage.key for pipeline in pipelines for stage in pipeline.stages]
        rules = {key: rule for key, rule in self.rule.stage_dates.items() if not rule.unmapped}
        for key in rules:
            if key not in order:
                near = suggestion(key, order)
                self._problem(
                    "there is no stage {stage}",
                    "stage_dates",
                    key,
                    stage=key,
                    nearest=near,
                    hint="did you mean {nearest}?",
                )
        for key in dict.fromkeys(key for key in order if key in rules):
            spec = FieldSpec(f"stage_dates.{key}", FieldType.INSTANT)
            encode = stage_date_encoder(key, encoder(spec, self.zone))
            path = ("objects", self.name, "stage_dates", key)
            made, wrong = self.workshop.compile(self._setting(spec), rules[key], path, encode=encode)
            self.problems += wrong
            found += [made] if made else []
        return found

    def _customs(self) -> list[CompiledField]:
        found: list[CompiledField] = []
        for name, rule in sorted(self.rule.custom.items()):
            if rule.unmapped:
                continue
            path = ("objects", self.name, "custom", name)
            if rule.type not in set(CustomType):
                near = suggestion(rule.type, list(CustomType))
                self._problem(
                    "there is no type {type}",
                    "custom",
                    name,
                    "type",
                    type=rule.type,
                    nearest=near,
                    hint="did you mean {nearest}?",
                )
                continue
            kept = CustomType(rule.type)
            spec = custom_spec(name, kept)
            encode = custom_encoder(name, kept, rule.label)
            made, wrong = self.workshop.compile(self._setting(spec), rule, path, encode=encode, lens=LENSES.get(kept))
            self.problems += wrong
            found += [made] if made else []
        return found

    def _check_whole(self, spec: KindSpec, staging: StagingCompiler) -> None:
        """Every required field has a rule, and `when` has a stage to ask."""
        named = {name for name, rule in self.rule.fields.items() if not rule.unmapped}
        for group in required_groups(spec):
            names = [name for name, _ in group]
            if not named & set(names):
                self._problem("{kind} needs a rule for {field}", kind=spec.name, field=" or ".join(names))
        if staging.tells_category:
            return
        for table in ("fields", "stage_dates", "custom"):
            rules: Mapping[str, FieldRule] = getattr(self.rule, table)
            for name, rule in rules.items():
                if rule.when is not None:
                    self._problem("when needs a stage, and this object has none", table, name, "when")

    def _keys(self, spec: KindSpec, fields: list[CompiledField]) -> tuple[str, ...]:
        if self.rule.keys and spec.name not in _KEY_KINDS:
            self._problem("only {kinds} have identity keys", "keys", kinds=", ".join(_KEY_KINDS))
        mapped = [f.name for f in fields if f.spec.type in {FieldType.TEXT, FieldType.TEXTS}]
        for key in self.rule.keys:
            if key not in mapped:
                near = suggestion(key, mapped)
                self._problem(
                    "{field} is no mapped text field", "keys", field=key, nearest=near, hint="did you mean {nearest}?"
                )
        return self.rule.keys

    def _targets(self, fields: list[CompiledField]) -> dict[str, tuple[str, ...]]:
        """For each reference the objects that its ids belong to: those named, or the only one of that kind."""
        found: dict[str, tuple[str, ...]] = {}
        for one in (f for f in fields if f.spec.type is FieldType.REF):
            homes = [name for name, rule in self.document.body.objects.items() if rule.kind == one.spec.target]
            named = one.rule.objects or (tuple(homes) if len(homes) == 1 else ())
            if named and set(named) <= set(homes):
                found[one.name] = named
                continue
            wrong = next((name for name in named if name not in homes), None)
            template = (
                "{field} needs object: which {target} does it point at?"
                if wrong is None
                else "{object} is no object of {target}"
            )
            near = suggestion(wrong or "", homes)
            self._problem(
                template,
                "fields",
                one.name,
                field=one.name,
                target=one.spec.target,
                object=wrong,
                nearest=near,
                hint="known: {nearest}",
            )
        return found


def _labelled(spec: KindSpec, name: str, rules: Mapping[str, FieldRule]) -> tuple[str, FieldRule] | None:
    """For `status_raw` without a rule: the field it labels, and a rule that keeps the vendor's own words."""
    label_of = name.removesuffix("_raw")
    one, rule = spec.fields.get(label_of), rules.get(label_of)
    if label_of == name or one is None or one.type not in _RAW_TYPES or rule is None or rule.value is not None:
        return None
    kept = {"from": rule.source, "join": rule.join, "fallback": rule.fallback, "part": rule.part}
    return label_of, FieldRule.model_validate(kept | {"empty": rule.empty, "when": rule.when})
