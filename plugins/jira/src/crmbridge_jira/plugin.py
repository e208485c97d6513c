"""What crmbridge finds of this plugin: one light card, and the lenses that its mapping uses."""

from collections.abc import Callable, Mapping, Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl
from crmbridge.adapter.lens import Lens
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.lenses import CommentsLens, TextLens, UserLens
from crmbridge_jira.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="jira",
    title="Jira",
    title_zh="Jira",
    open="crmbridge_jira.adapter:open_jira",
    config=JiraOptions,
    support=SUPPORT,
    default_mapping="crmbridge_jira:mapping.toml",
    checked_against_docs="2026-11-26",
    connect="crmbridge_jira.connect:connect",
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for Jira."""
    return (DESCRIPTOR,)


@hookimpl
def crmbridge_lenses() -> Mapping[str, Callable[..., Lens]]:
    """The lenses of texts, of people and of comments."""
    return {"jira_text": TextLens, "jira_user": UserLens, "jira_comments": CommentsLens}
