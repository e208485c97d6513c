"""What a person is certainly known by: a telephone number, an address of one's own. Never what a whole company has."""

E164 = r"\+[1-9][0-9]{6,14}(;ext=[0-9]+)?"
"""A telephone number in full, with an extension where it has one; as a pattern of the whole text."""
EVERYBODYS = frozenset(
    {
        *("admin", "billing", "contact", "enquiries", "hello", "help", "hr", "info", "kontakt", "mail", "marketing"),
        *("noreply", "no-reply", "office", "post", "sales", "service", "support", "team", "webmaster"),
    }
)
"""What stands before the @ of an address that is nobody's own."""
