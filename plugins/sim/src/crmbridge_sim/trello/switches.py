"""What Trello leaves open, as switches (dossier part B, and its list of what is to be confirmed on a real account)."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.switches import Setting, Switch, SwitchBoard, choice, flag, number

ALL: tuple[Switch, ...] = (
    number("token_calls", 100, "B5: DOC T-rate-limits", "Calls of a token in 10 seconds; 0 = no limit."),
    number("key_calls", 300, "B5: DOC T-rate-limits", "Calls of a key in 10 seconds; 0 = no limit."),
    number("member_calls", 100, "B5: DOC, DOC2", "Calls to /members and /search in 900 seconds; 0 = no limit."),
    number("most_refused", 200, "B5: DOC T-rate-limits", "So many 429s of a key, and all is 429 to the window's end."),
    flag("rate_headers", "B5: UNCERTAIN", "Answers carry the x-rate-limit headers.", on=True),
    choice(
        "limit_error",
        ("API_TOKEN_LIMIT_EXCEEDED", "API_KEY_LIMIT_EXCEEDED", "API_TOKEN_DB_LIMIT_EXCEEDED", "RATE_LIMIT_EXCEEDED"),
        "B5: DOC, OBS",
        "The error of a 429 that a fault brings.",
    ),
    number("longest_in_url", 2000, "B2: OBS TrelloDotNet, answer UNCERTAIN", "Longest value in the URL; 0 = any."),
    number(
        "embedding_cards", 300, "B3: OBS, number UNCERTAIN", "More cards than this, and none comes with its actions."
    ),
    number("most_cards", 1000, "B3, Confirm: UNCERTAIN", "Cards of one answer at most."),
    number("search_lag_s", 10, "B2: OBS TJS", "Seconds until search finds what was written."),
    number("board_lag_s", 0, "B6: OBS TJS, no promise", "Seconds until a board's cards show a new card."),
    flag("actions_tell_edits", "B3: UNCERTAIN", "The feed of a board tells edited and deleted comments."),
    choice("copy_action", ("copyCard", "createCard"), "B3: UNCERTAIN, no source", "The type of a copy in the feed."),
    choice(
        "set_actions",
        ("own", "updateCard"),
        "B3: UNCERTAIN, no source",
        "Members and labels have types of their own in the feed, or are changes as others.",
    ),
    flag("comments_move_activity", "B3: UNCERTAIN", "A comment moves dateLastActivity.", on=True),
    flag("edits_move_activity", "B3: UNCERTAIN", "An edited or deleted comment moves it too."),
    flag("complete_needs_due", "Confirm: UNCERTAIN", "dueComplete without due is ignored."),
    choice("date_only_due", ("midnight", "error"), "Confirm: UNCERTAIN", "A due date without a time."),
    choice("stranger", ("400", "ignored"), "B5: likely, OBS", "A member who is not on the board is put on a card."),
    flag("custom_fields", "B2: OBS, paid plan", "The plan has custom fields.", on=True),
    flag("new_fields", "B2: OBS TJS", "Fields and nulls that nobody announced.", on=True),
    choice("second_webhook", ("400", "200"), "Confirm: UNCERTAIN", "The same webhook once more."),
    flag("gone_ends_webhook", "Confirm: UNCERTAIN", "A webhook whose address answers 410 is deleted."),
)


class Switches(SwitchBoard):
    """Trello's switches and their settings in force."""

    def __init__(self, settings: Mapping[str, Setting] | None = None) -> None:
        super().__init__(settings, known=ALL)
