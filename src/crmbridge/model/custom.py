"""Values of fields that only one company has: typed, labelled, and unchanged by a round trip."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue


class CustomType(StrEnum):
    """What a custom field holds; `opaque` is kept and shown, never interpreted."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    SINGLE = "single"
    MULTI = "multi"
    USER = "user"
    REF = "ref"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    JSON = "json"
    OPAQUE = "opaque"


class CustomValue(BaseModel):
    """One custom field's value; numbers and money are decimal text, instants ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: CustomType
    value: JsonValue
    label: str | None = None
    writable: bool = True
