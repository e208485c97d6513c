"""A ledger whose bytes are not what they were is refused or named, with what to do; or its content is whole."""

import random
from pathlib import Path

import pytest
from tests.crash.conftest import MakeStores
from tests.crash.damage import Verdicts, damage, is_kept_safe, judge, whole_file
from tests.crash.stories import begin

pytestmark = pytest.mark.file_ledger


@pytest.mark.parametrize("count", [20, pytest.param(1_500, marks=pytest.mark.wide)])
def test_damage_is_refused_named_or_harmless(make_stores: MakeStores, tmp_path: Path, count: int) -> None:
    """What is changed and unseen is no payload and no value of a record: only texts that nothing was hashed of."""
    start = begin(make_stores("sqlite"))
    content, wanted = whole_file(start.scene.url)
    verdicts = Verdicts()
    for _, made in zip(range(count), damage(content, random.Random(count)), strict=False):  # noqa: S311 - no secret
        judge(tmp_path / "damaged.db", made, wanted, verdicts)
    assert verdicts.refused
    assert verdicts.found
    assert verdicts.whole
    assert not [place for place in verdicts.unseen if is_kept_safe(place)], verdicts
