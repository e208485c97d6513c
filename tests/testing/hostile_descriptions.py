"""Lies about who the adapter is, about the values of records, and about failures."""

import logging
import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import count

from tests.testing.hostile import caught_by

from crmbridge.adapter.capabilities import Capability, not_yet
from crmbridge.adapter.catalog import Catalog, Limits
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import CONTRACT_VERSION, Health, Page, PullRequest, RawRecord
from crmbridge.model.errors import AuthError, ContractError, Unavailable
from crmbridge.testing.memory import DESCRIPTOR, MemoryAdapter, Row
from crmbridge.testing.memory.server import Busy

OPENED = count(1)


@caught_by("test_descriptor_speaks_the_contract", descriptor=replace(DESCRIPTOR, contract_version=CONTRACT_VERSION + 1))
class SpeaksTomorrowsContract(MemoryAdapter):
    """Its version is one the core does not know yet."""


@caught_by("test_descriptor_speaks_the_contract", descriptor=replace(DESCRIPTOR, open="crmbridge.testing.memory:gone"))
class CannotBeOpened(MemoryAdapter):
    """Its import path leads nowhere."""


@caught_by(
    "test_declared_support_is_complete",
    descriptor=replace(
        DESCRIPTOR,
        support={name: support for name, support in DESCRIPTOR.support.items() if name is not Capability.CONSENT},
    ),
)
class KeepsSilentAboutConsent(MemoryAdapter):
    """One capability is not declared at all."""


@caught_by(
    "test_declared_support_is_complete",
    descriptor=replace(
        DESCRIPTOR, support={**DESCRIPTOR.support, Capability.DELETE: not_yet("comes later", "以后提供")}
    ),
)
class HasMoreThanItSays(MemoryAdapter):
    """It can list deletions and declares that it does not yet."""


@caught_by("test_check_says_who_it_is")
class IsAnotherOrgEachTime(MemoryAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self._session = next(OPENED)

    def check(self) -> Health:
        return replace(super().check(), org_id=f"session-{self._session}")


@caught_by("test_check_says_who_it_is")
class NamesNoOrg(MemoryAdapter):
    def check(self) -> Health:
        return replace(super().check(), org_id="")


@caught_by("test_describe_is_stable")
class CountsItsDescriptions(MemoryAdapter):
    described = 0

    def describe(self) -> Catalog:
        self.described += 1
        return super().describe().model_copy(update={"extra": {"described": self.described}})


@caught_by("test_describe_survives_json")
class HasAnInfiniteQuota(MemoryAdapter):
    def describe(self) -> Catalog:
        return super().describe().model_copy(update={"extra": {"quota": math.inf}})


@caught_by("test_describe_names_what_is_read")
class ForgetsAField(MemoryAdapter):
    def describe(self) -> Catalog:
        described = super().describe()
        objects = tuple(
            found.model_copy(update={"fields": tuple(info for info in found.fields if info.name != "next_step")})
            for found in described.objects
        )
        return described.model_copy(update={"objects": objects})


@caught_by("test_a_part_is_described_as_in_the_whole")
class TellsOtherLimitsOfAPart(MemoryAdapter):
    def describe_part(self, objects: frozenset[str]) -> Catalog:
        described = self.describe()
        part = tuple(found for found in described.objects if found.name in objects)
        return described.model_copy(update={"objects": part, "limits": Limits(page_size=1, batch_size=1)})


@caught_by("test_unknown_object_is_a_config_error")
class TakesAnUnknownObjectForAnEmptyOne(MemoryAdapter):
    def pull(self, request: PullRequest) -> Iterator[Page]:
        if request.object not in self._server.store.objects:
            return iter([Page([], "1:0", complete=True)])
        return super().pull(request)


@caught_by("test_records_are_well_formed")
class DropsTheZone(MemoryAdapter):
    def _record(self, object_name: str, row: Row) -> RawRecord:
        return replace(super()._record(object_name, row), modified=row.modified.replace(tzinfo=None))


class ChangesPayloads(MemoryAdapter):
    """Does something to every payload; the lies below say what."""

    def _record(self, object_name: str, row: Row) -> RawRecord:
        record = super()._record(object_name, row)
        return replace(record, payload=self.payload(record.payload))

    def payload(self, payload: Mapping[str, object]) -> dict[str, object]:
        return {name: self.value(value) for name, value in payload.items()}

    def value(self, value: object) -> object:
        return value


@caught_by("test_payload_is_verbatim")
class AddsItsOwnKey(ChangesPayloads):
    def payload(self, payload: Mapping[str, object]) -> dict[str, object]:
        return {**payload, "_read_by": "memory"}


@caught_by("test_unicode_text_is_kept")
class ComposesTexts(ChangesPayloads):
    def value(self, value: object) -> object:
        return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


@caught_by("test_unicode_text_is_kept")
class TrimsTexts(ChangesPayloads):
    def value(self, value: object) -> object:
        return value.strip() if isinstance(value, str) else value


@caught_by("test_numeric_text_is_kept")
class MakesNumbersOfTexts(ChangesPayloads):
    def value(self, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value


@caught_by("test_numeric_text_is_kept")
class MakesNullsOfTexts(ChangesPayloads):
    def value(self, value: object) -> object:
        return None if value == "NULL" else value


@caught_by("test_long_text_is_kept")
class CutsLikeASpreadsheet(ChangesPayloads):
    def value(self, value: object) -> object:
        return value[:32_767] if isinstance(value, str) else value


@caught_by("test_null_is_not_absent")
class DropsNulls(ChangesPayloads):
    def payload(self, payload: Mapping[str, object]) -> dict[str, object]:
        return {name: value for name, value in payload.items() if value is not None}


@caught_by("test_huge_numbers_are_kept")
class CountsInDoubles(ChangesPayloads):
    def value(self, value: object) -> object:
        return int(float(value)) if isinstance(value, int) else value


@caught_by("test_numbers_are_never_float")
class DecodesIntoFloats(ChangesPayloads):
    def value(self, value: object) -> object:
        return float(value) if isinstance(value, Decimal) else value


@caught_by("test_ids_are_kept_as_they_are")
class TrimsIds(MemoryAdapter):
    def _record(self, object_name: str, row: Row) -> RawRecord:
        return replace(super()._record(object_name, row), external_id=row.external_id.lstrip("0"))


@caught_by("test_wrong_credentials_are_an_auth_error")
class TakesARefusalForNoRecords(MemoryAdapter):
    def _changed(self, object_name: str, after: int) -> list[Row]:
        try:
            return super()._changed(object_name, after)
        except AuthError:
            return []


@caught_by("test_wrong_credentials_are_an_auth_error")
class ChecksNothing(MemoryAdapter):
    def check(self) -> Health:
        return Health(ok=True, org_id="memory-org", title="Memory")


@caught_by("test_throttling_waits_then_succeeds")
class TakesAThrottleForTheEnd(MemoryAdapter):
    def _changed(self, object_name: str, after: int) -> list[Row]:
        try:
            return self._server.changed(self._token, object_name, after=after, limit=self._page_size)
        except Busy:
            return []
        except Exception:  # noqa: BLE001 - the other failures are told as they should be
            return super()._changed(object_name, after)


@caught_by("test_throttling_waits_then_succeeds")
class HammersOn(MemoryAdapter):
    """It waits for an export as it should, and for a source that is busy only in its own mind."""

    def _changed(self, object_name: str, after: int) -> list[Row]:
        context = self._context
        self._context = replace(context, sleep=lambda _seconds: None)
        try:
            return super()._changed(object_name, after)
        finally:
            self._context = context


@caught_by("test_garbage_is_never_data")
class TakesGarbageForTheEnd(MemoryAdapter):
    def _changed(self, object_name: str, after: int) -> list[Row]:
        try:
            return super()._changed(object_name, after)
        except ContractError:
            return []


@caught_by("test_unreachable_is_transient")
class LetsTheSocketErrorOut(MemoryAdapter):
    def _changed(self, object_name: str, after: int) -> list[Row]:
        try:
            return super()._changed(object_name, after)
        except Unavailable as error:
            raise ConnectionRefusedError("connection refused") from error


@caught_by("test_no_secret_in_any_text")
class TellsItsTokenInAnError(MemoryAdapter):
    def _changed(self, object_name: str, after: int) -> list[Row]:
        try:
            return super()._changed(object_name, after)
        except Unavailable as error:
            raise Unavailable("no answer from {url}", url=f"memory://x?access_token={self._token}") from error


@caught_by("test_no_secret_in_any_text")
class LogsItsToken(MemoryAdapter):
    def check(self) -> Health:
        logging.getLogger("hostile.wire").debug("GET /org Authorization: Bearer %s", self._token)
        return super().check()
