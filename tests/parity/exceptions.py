"""Where the three places may differ, each with its reason. A test fails for one that is missing, or not needed.

`LACKING`: a field that the mapping of a place does not read, while another place has a value in it. `OWN_WORDS`: a
field that holds a vendor's own word on purpose, whose neutral meaning stands in another field.
"""

Field = tuple[str, str, str]
"""Place, kind, field."""

LACKING: dict[Field, str] = {
    ("zoho", "account", "addresses"): "an address is five fields and no whole; the mapping reads its city",
    ("zoho", "activity", "account"): "What_Id names one record: the deal, whose account is known",
    ("zoho", "activity", "contact"): "a note is about one record: the deal, whose contact is known",
    ("zoho", "activity", "content"): "a call is told by its subject and its result",
    ("zoho", "task", "account"): "What_Id names one record: the deal, whose account is known",
    ("zoho", "deal", "lead"): "a deal does not say which lead it was; the lead says which deal it became",
    ("fxiaoke", "user", "vendor_modified_at"): "the directory says when somebody was made known, and no later time",
    ("fxiaoke", "contact", "given"): "a name is one field",
    ("fxiaoke", "contact", "family"): "a name is one field",
    ("fxiaoke", "activity", "contact"): "a schedule is about the customer and the opportunity",
    ("fxiaoke", "task", "contact"): "a task is about the customer and the opportunity",
    ("files", "user", "vendor_created_at"): "the world does not say when somebody was hired",
    ("files", "user", "vendor_modified_at"): "the world does not say when somebody was hired",
    ("files", "activity", "content"): "a call is told by its subject and its result",
}
OWN_WORDS: dict[tuple[str, str], str] = {
    ("account", "status_raw"): "beside status",
    ("lead", "status_raw"): "beside status",
    ("task", "status_raw"): "beside status",
    ("deal", "stage_raw"): "beside stage and pipeline",
}
