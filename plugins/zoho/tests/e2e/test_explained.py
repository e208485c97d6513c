"""`mapping explain` tells of every value that is held which rule made it, of what, and where the rule stands."""

from tests.systems.truth import mapped_fields

from .acme import Acme

FOLLOWS = {"category", "stage_raw", "pipeline"}
"""What is read beside the stage, by the stage's own line."""


def test_every_value_of_every_kind_is_explained(acme: Acme) -> None:
    acme.sync()
    for object_name, records in acme.neutral().items():
        assert records, object_name
        fullest = max(records.values(), key=lambda record: len(mapped_fields(record)))
        answer = acme.run("mapping", "explain", f"{acme.kinds[object_name]}/{fullest['record_id']}", "--json")
        assert answer.code == 0, answer.text
        lines = {line["field"]: line for line in answer.rows}
        held = {name for name in mapped_fields(fullest) if fullest.get(name) not in (None, [], {})} - FOLLOWS
        assert held <= lines.keys(), (object_name, held - lines.keys())
        for name in held:
            line = lines[name]
            assert line["value"] is not None, (object_name, name)
            assert line["remark"] is None, (object_name, name)
            assert line["lens"], (object_name, name)
            assert line["origin"], (object_name, name)
