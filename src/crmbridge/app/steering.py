"""The part of `Bridge` that steers a team: scorecards, pay, and what else a manager looks at.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge.app.reckoning import Reckoning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crmbridge.app.asker import Asker
    from crmbridge.report.listing import Listing
    from crmbridge.report.pack import Pack
    from crmbridge.services.experiments_report import Choice
    from crmbridge.services.goal_replan import Mode


class Steering(Reckoning):
    """What a manager asks of a team. `Bridge` is one."""

    def goals_pace(self, **asked: Any) -> Listing:  # noqa: ANN401 - see goal_paces.ask_pace
        """How goals stand, and where they end."""
        from crmbridge.app import goal_paces

        return self._dated(goal_paces.ask_pace(self._asker(), **asked))

    def goals_show(self, **asked: Any) -> Listing:  # noqa: ANN401 - see goal_paces.ask_tree
        """Who has which share of the goals, as `viewer` may see it."""
        from crmbridge.app import goal_paces

        return goal_paces.ask_tree(self._asker(), **asked)

    def goals_plan(self, goal: str) -> Listing:
        """A goal on one page."""
        from crmbridge.app import goal_paces

        return self._dated(goal_paces.ask_page(self._asker(), goal))

    def goals_lint(self, text: str | None = None, **said: Any) -> Listing:  # noqa: ANN401 - see goal_keeping.Said
        """What a draft lacks, or what the goals of `goals.toml` do where nothing is said."""
        from crmbridge.app import goal_keeping

        beside = goal_keeping.Said(**said) if any(said.values()) else None
        return goal_keeping.lint_goals(self._asker(), text, beside)

    def goals_publish(self, goals: Sequence[str] = (), *, reason: str, by: str | None = None) -> Listing:
        """New versions of the goals that say something new."""
        from crmbridge.app import goal_keeping

        return self._changed(goal_keeping.publish(self._asker(), goals, reason=reason, by=by))

    def goals_agree(self, goal: str, **told: Any) -> Listing:  # noqa: ANN401 - see goal_keeping.agree
        """Somebody agrees to a share of a goal."""
        from crmbridge.app import goal_keeping

        return self._changed(goal_keeping.agree(self._asker(), goal, **told))

    def goals_review(self, goal: str, **told: Any) -> Listing:  # noqa: ANN401 - see goal_keeping.review
        """How a goal ended; its page."""
        from crmbridge.app import goal_keeping

        goal_keeping.review(self._asker(), goal, **told)
        self._forget()
        return self.goals_plan(goal)

    def goals_replan(self, goal: str, *, mode: Mode = "redistribute", floor: bool = True, **wish: Any) -> Listing:  # noqa: ANN401
        """What the plan of a goal becomes; applied (see goal_keeping.Applied) it is a new version."""
        from crmbridge.app import goal_keeping

        applied = goal_keeping.Applied(**wish)
        return self._changed(goal_keeping.replan_goal(self._asker(), goal, mode, floor=floor, applied=applied))

    def scorecards(self, **asked: Any) -> Listing:  # noqa: ANN401 - see scorecards.ask_scorecards
        """Everybody's score in a period, and what it is made of."""
        from crmbridge.app import scorecards

        return self._dated(scorecards.ask_scorecards(self._asker(), **asked))

    def leaderboard(self, **asked: Any) -> Listing:  # noqa: ANN401 - see scorecards.ask_leaderboard
        """Everybody's place by one KPI in a period."""
        from crmbridge.app import scorecards

        return self._dated(scorecards.ask_leaderboard(self._asker(), **asked))

    def satisfaction(self, **asked: Any) -> Listing:  # noqa: ANN401 - see satisfactions.Chosen
        """How satisfied customers are, whom to call back, and who is unhappy."""
        from crmbridge.app import satisfactions

        return self._dated(satisfactions.ask_satisfaction(self._asker(), satisfactions.Chosen(**asked)))

    def payouts(self, **asked: Any) -> Listing:  # noqa: ANN401 - see payouts.ask_payouts
        """What the plans pay for a period, as far as the viewer may see it."""
        from crmbridge.app import payouts

        made = self._dated(payouts.ask_payouts(self._asker(), **asked))
        said = {"period": asked.get("period"), "rows": len(made.rows)}
        self.wiring.audit.note_of("payouts.shown", "viewer", str(asked["viewer"]), **said)
        return made

    def compare(self, **asked: Any) -> Listing:  # noqa: ANN401 - see comparing.ask_comparison
        """What changed between two periods, and what it came from."""
        from crmbridge.app import comparing

        return self._dated(comparing.ask_comparison(self._asker(), **asked))

    def backlog(self, *, everything: bool = False) -> Listing:
        """What is to be improved; `everything`: what is decided too."""
        from crmbridge.app import backlogs

        return backlogs.shown(self._asker(), everything=everything)

    def backlog_add(self, text: str, **told: Any) -> Listing:  # noqa: ANN401 - see backlogs.added
        """Something is put on the list."""
        from crmbridge.app import backlogs

        return self._changed(backlogs.added(self._asker(), text, **told))

    def backlog_find(self, *, owner: str | None = None) -> Listing:
        """The bottlenecks of the funnel are put on the list."""
        from crmbridge.app import backlogs

        return self._changed(backlogs.found(self._asker(), owner=owner))

    def backlog_take(self, name: str, *, owner: str, until: date | None = None) -> Listing:
        """Somebody takes an item."""
        from crmbridge.app import backlogs

        return self._changed(backlogs.taken_by(self._asker(), name, owner=owner, until=until))

    def backlog_close(self, name: str, *, after: str, before: str | None = None) -> Listing:
        """An item is closed with what was measured, each as K/N."""
        from crmbridge.app import backlogs

        return self._changed(backlogs.closed_with(self._asker(), name, before=before, after=after))

    def backlog_drop(self, name: str, *, reason: str) -> Listing:
        """An item is decided against."""
        from crmbridge.app import backlogs

        return self._changed(backlogs.dropped_for(self._asker(), name, reason=reason))

    def care(self, view: str = "care", **asked: Any) -> Listing:  # noqa: ANN401 - see care_views.Chosen
        """How customers are cared for: `care` (the whole), occasions, renewals, churn, gaps or offers."""
        from crmbridge.app import care_views

        return self._dated(care_views.VIEWS[view](self._asker(), care_views.Chosen(**asked)))

    def compliance(self, **asked: Any) -> Listing:  # noqa: ANN401 - see compliances.ask_compliance
        """How the agreed way of working is kept, by owner, team or stage."""
        from crmbridge.app import compliances

        return self._dated(compliances.ask_compliance(self._asker(), **asked))

    def gates(self, **asked: Any) -> Listing:  # noqa: ANN401 - see gating.ask_gates
        """What each stage asks for, and which open deals lack it."""
        from crmbridge.app import gating

        return self._dated(gating.ask_gates(self._asker(), **asked))

    def quotes(self, **asked: Any) -> Listing:  # noqa: ANN401 - see quoting.ask_quotes
        """What quotes come to, which discounts need approval, and what ends soon."""
        from crmbridge.app import quoting

        return self._dated(quoting.ask_quotes(self._asker(), **asked))

    def help_wanted(self, **asked: Any) -> Listing:  # noqa: ANN401 - see help_wanted.ask_help
        """Which deals and activities their owners need help with."""
        from crmbridge.app import help_wanted

        return self._dated(help_wanted.ask_help(self._asker(), **asked))

    def experiments(self, *, explain: bool = False) -> Listing:
        """How each experiment stands, and what was decided."""
        from crmbridge.app import trials

        return self._dated(trials.ask_experiments(self._asker(), explain=explain))

    def experiments_arm(self, name: str, record: str) -> Listing:
        """Which arm of an experiment a record is in."""
        from crmbridge.app import trials

        return trials.ask_arm(self._asker(), name, record)

    def experiments_decide(self, name: str, choice: Choice, **told: Any) -> Listing:  # noqa: ANN401 - see trials.decide
        """What is decided about an experiment."""
        from crmbridge.app import trials

        return self._changed(trials.decide(self._asker(), name, choice, **told))

    def deliveries(self, **asked: Any) -> Listing:  # noqa: ANN401 - see after_sales.ask_deliveries
        """How many deliveries came in time, and which will not."""
        from crmbridge.app import after_sales

        return self._dated(after_sales.ask_deliveries(self._asker(), **asked))

    def tickets(self, **asked: Any) -> Listing:  # noqa: ANN401 - see after_sales.ask_tickets
        """How soon tickets are answered and resolved, and which wait."""
        from crmbridge.app import after_sales

        return self._dated(after_sales.ask_tickets(self._asker(), **asked))

    def contracts(self, **asked: Any) -> Listing:  # noqa: ANN401 - see contracting.ask_contracts
        """What contracts lack to be ready, and which steps wait too long."""
        from crmbridge.app import contracting

        return self._dated(contracting.ask_contracts(self._asker(), **asked))

    def risk(self, **asked: Any) -> Listing:  # noqa: ANN401 - see risks.ask_risk
        """Which open deals are at risk, why, and the forecast less what is likely lost."""
        from crmbridge.app import risks

        return self._dated(risks.ask_risk(self._asker(), **asked))

    def risk_list(self, **asked: Any) -> Listing:  # noqa: ANN401 - see risks.shown
        """The open items of the register of risks; `everything`: the closed ones too; `name`: one with its history."""
        from crmbridge.app import risks

        return risks.shown(self._asker(), **asked)

    def risk_add(self, **told: Any) -> Listing:  # noqa: ANN401 - see risks.Found
        """A risk that people found is put into the register."""
        from crmbridge.app import risks

        return self._changed(risks.added(self._asker(), risks.Found(**told)))

    def risk_respond(self, name: str, **told: Any) -> Listing:  # noqa: ANN401 - see risks.Decided
        """Somebody decides what is done about a risk."""
        from crmbridge.app import risks

        return self._changed(risks.responded(self._asker(), name, risks.Decided(**told)))

    def risk_close(self, name: str, *, reason: str, by: str | None = None) -> Listing:
        """A risk is closed by a person."""
        from crmbridge.app import risks

        return self._changed(risks.closed(self._asker(), name, reason=reason, by=by))

    def report_pack(self, week: str | None = None, *, from_its_end: bool = False, **asked: Any) -> Pack:  # noqa: ANN401
        """The pack of a team and a week, month or quarter, or the sheet of a rep; of the last whole week else.

        `asked` is `packs.Wish`; `from_its_end` sees a period that is over from its end, whenever that is asked.
        """
        from crmbridge.app import packs

        is_given = self.is_as_of_given and not from_its_end
        made = packs.ask_pack(self._asker(), packs.Wish(week=week, **asked), is_given=is_given)
        if asked.get("keep"):
            self._forget()
        return made

    def actions(self, *, team: str | None = None, everything: bool = False) -> Listing:
        """What meetings decided and is open; `everything`: what is done too."""
        from crmbridge.app import team_actions

        return team_actions.shown(self._asker(), team=team, everything=everything)

    def actions_add(self, text: str, **told: Any) -> Listing:  # noqa: ANN401 - see team_actions.add
        """Something that a meeting decided is kept."""
        from crmbridge.app import team_actions

        return self._changed(team_actions.add(self._asker(), text, **told))

    def actions_done(self, key: str, *, result: str | None = None) -> Listing:
        """An action is done."""
        from crmbridge.app import team_actions

        return self._changed(team_actions.finish(self._asker(), key, result=result))

    def _changed(self, told: Listing) -> Listing:
        """Something was kept in the ledger: the next figure reads it again."""
        self._forget()
        return told

    def _asker(self) -> Asker:
        from crmbridge.app.asker import Asker

        return Asker(self.wiring, self._facts, self._pipelines, self.as_of, self._own_kpis())
