"""A recording of the simulated Zoho: nothing of a person is in it, and a replay gives the same but for the mask."""

import json
from pathlib import Path
from typing import Any

import httpx
from plugins.zoho.tests.simulated import SecretText, SimulatedZoho

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import PullRequest
from crmbridge.http import strict, tapping
from crmbridge.http.masking import Mask
from crmbridge.http.recording import Recorder, Replay
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions

PEOPLE = [
    {"Last_Name": f"Okonkwo{number}", "First_Name": "Chidinma", "Email": f"chidinma{number}@lagos-traders.example",
     "Phone": f"+234 803 555 01{number:02}", "Mailing_Street": "Broad Street 44"}
    for number in range(5)
]  # fmt: skip
CANARIES = ["Okonkwo", "Chidinma", "lagos", "803 555", "Broad"]


def opened(zoho: SimulatedZoho, folder: Path, transport: httpx.BaseTransport, secret: str) -> ZohoAdapter:
    options = ZohoOptions.model_validate({"credentials": "x"})
    context = AdapterContext(
        connection="crm", config=options, workspace=folder, secrets=SecretText(secret), clock=zoho.clock,
        sleep=zoho.clock.sleep,
    )  # fmt: skip
    return ZohoAdapter(context, options, transport=transport)


def read(adapter: ZohoAdapter) -> tuple[dict[str, Any], set[str]]:
    """Every contact by its id, and the vendor's words."""
    adapter.check()
    catalog = adapter.describe()
    pages = list(adapter.pull(PullRequest("Contacts", fields=frozenset({"Last_Name", "Email", "Phone"}))))
    adapter.close()
    words = {one.name for one in catalog.objects} | {field.name for one in catalog.objects for field in one.fields}
    types = {field.type for one in catalog.objects for field in one.fields}
    return {record.external_id: dict(record.payload) for page in pages for record in page.records}, words | types


def test_a_recording_has_no_value_of_a_person_and_a_replay_gives_the_same(tmp_path: Path) -> None:
    zoho, recorder = SimulatedZoho(), Recorder()
    ids = zoho.create("Contacts", PEOPLE)
    with tapping.tapping(recorder.around):
        real, words = read(opened(zoho, tmp_path, zoho.transport, zoho.secret))
    assert set(real) == set(ids)

    mask = Mask(vocabulary={*words, "www.zohoapis.com"})
    recording = recorder.recording(adapter="zoho", mask=mask)
    text = strict.encode(recording).decode()
    tokens = [value for value in json.loads(zoho.secret).values() if len(str(value)) > 5]
    assert [one for one in [*CANARIES, *ids, *map(str, tokens)] if one in text] == []

    replayed, _ = read(opened(zoho, tmp_path, Replay(recording), zoho.secret))
    assert replayed == {mask.text(key): mask.value(record) for key, record in real.items()}
