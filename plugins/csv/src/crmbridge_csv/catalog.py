"""What the folder holds, as far as the configuration names it: objects with their columns."""

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.model.errors import CrmBridgeError
from crmbridge_csv.limits import BATCH_SIZE, MAX_CELL_CHARS
from crmbridge_csv.plan import Plan
from crmbridge_csv.reading import columns_of, payload_columns
from crmbridge_csv.write import why_not_writable


def catalog_of(plans: list[Plan], page_size: int) -> Catalog:
    """Every object; one whose file cannot be read says why, and the others go on."""
    limits = Limits(page_size=page_size, batch_size=BATCH_SIZE, concurrency=1, longest_text=MAX_CELL_CHARS)
    return Catalog(objects=tuple(_object(plan) for plan in plans), limits=limits)


def _object(plan: Plan) -> ObjectInfo:
    options = plan.options
    key_field = options.key[0] if len(options.key) == 1 and not options.is_content_key else None
    refusal = why_not_writable(plan)
    try:
        names = payload_columns(plan, columns_of(plan))
    except CrmBridgeError as error:
        return ObjectInfo(
            name=plan.name,
            label=plan.name,
            fields=(),
            key_field=key_field,
            has_history=options.history is not None,
            readable=False,
            note=str(error),
        )
    joined = {name for join in options.join for name in join.columns}
    fields = tuple(
        FieldInfo(
            name=name,
            label=name,
            type="text",
            required=refusal is None and name in options.key and options.external_key is None,
            writable=refusal is None and name not in joined,
            unique=name == key_field and options.duplicates == "one",
            max_length=MAX_CELL_CHARS,
        )
        for name in names
    )
    return ObjectInfo(
        name=plan.name,
        label=plan.name,
        fields=fields,
        key_field=key_field,
        external_key_field=options.external_key or key_field,
        has_modified_time=options.modified is not None,
        has_history=options.history is not None,
        writable=refusal is None,
        note=None if refusal is None or not options.writable else str(refusal),
    )
