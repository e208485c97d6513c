"""The lenses of Jira's values: a text that may be a document, and a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.adapter.lens import LensFailure
from crmbridge_jira.adf import document_of, is_document, text_of, written_over


@dataclass(frozen=True, slots=True)
class TextLens:
    """A document of Jira Cloud, or the text of Data Center, as plain text; written as a document."""

    def read(self, value: object) -> object | LensFailure:
        """The text, or None where there is none."""
        if value is None:
            return None
        if isinstance(value, Mapping) and is_document(value):
            value = text_of(value)
        if not isinstance(value, str):
            return LensFailure("{value} is no text of Jira", {"value": str(value)[:60]})
        return value if value.strip() else None

    def write(self, value: object) -> object | LensFailure:
        """The document of a text; the adapter makes text of it where Jira wants that."""
        if value is None:
            return None
        if not isinstance(value, str):
            return LensFailure("{value} is no text of Jira", {"value": str(value)[:60]})
        return document_of(value)

    def join(self, present: object, form: object) -> object:
        """The document that is there with the new text: blocks whose text stays, and files, stay as they are."""
        return written_over(present, form) if isinstance(form, Mapping) else form


@dataclass(frozen=True, slots=True)
class CommentsLens:
    """All comments of an issue as one text, the oldest first; read only."""

    def read(self, value: object) -> object | LensFailure:
        """A line for each comment and what it goes on with: day, author, text; None where there are none."""
        comments = value.get("comments") if isinstance(value, Mapping) else None
        if value is None or comments == []:
            return None
        if not isinstance(comments, list) or not all(isinstance(one, Mapping) for one in comments):
            return LensFailure("{value} are no comments of Jira", {"value": str(value)[:60]})
        return "\n".join(map(_said, sorted(comments, key=lambda one: str(one.get("created")))))

    def write(self, value: object) -> object | LensFailure:  # noqa: ARG002 - never
        """Never: who comments in Jira is a person there."""
        return LensFailure("comments of Jira are not written")


def _said(comment: Mapping[str, object]) -> str:
    author, body = comment.get("author"), comment.get("body")
    name = author.get("displayName") if isinstance(author, Mapping) else None
    text = text_of(body) if isinstance(body, Mapping) and is_document(body) else str(body or "")
    return f"{str(comment.get('created'))[:10]} {name or '?'}: {text}"


@dataclass(frozen=True, slots=True)
class UserLens:
    """The id of a person: `accountId` in Cloud, `name` in Data Center."""

    def read(self, value: object) -> object | LensFailure:
        """The id, or None where there is nobody."""
        if value is None:
            return None
        told = value if isinstance(value, Mapping) else {}
        found = told.get("accountId") or told.get("name") or told.get("id")
        return (
            found if isinstance(found, str) else LensFailure("{value} is no user of Jira", {"value": str(value)[:60]})
        )

    def write(self, value: object) -> object | LensFailure:
        """The person; the adapter names him as the site does."""
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            return LensFailure("{value} is no user of Jira", {"value": str(value)[:60]})
        return {"id": value}
