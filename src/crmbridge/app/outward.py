"""The part of `Bridge` that lets anything out: grants, pairs, plans, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbridge.app.reckoning import Reckoning
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import SAMPLES, Listing

if TYPE_CHECKING:
    from crmbridge.app import intents
    from crmbridge.app.follow_up import FollowUp
    from crmbridge.ledger.plans import Plan
    from crmbridge.sync.setup import Progress
    from crmbridge.sync.twoway.intents import Intent


class Outward(Reckoning):
    """What a workspace may write, and what it writes. `Bridge` is one."""

    def grant(self, connection: str, mode: str, fields: Sequence[str] = ()) -> Listing:
        """The connection may be written in that mode from now on; `read-only` takes everything back."""
        from crmbridge.app import granting

        return granting.grant(self.wiring, connection, mode, fields)

    def grants(self, connection: str | None = None) -> Listing:
        """What each connection may write: granted, tightened by the configuration, and what holds."""
        from crmbridge.app import granting

        names = list(self.workspace.config.connections) if connection is None else [connection]
        return granting.listing(self.wiring, names)

    # -- plans -------------------------------------------------------------------------------------------------------

    def plan(
        self, pair: str | None = None, progress: Progress | None = None, *, samples: int | None = SAMPLES
    ) -> list[Listing]:
        """Plans what is to be written so that a pair, or every pair, is in step: saved by name, sent to nobody."""
        return [self._planned(name, progress, samples) for name in self._pairs(pair)]

    def _pairs(self, pair: str | None) -> list[str]:
        """That pair, or all there are; ConfigError where there is none."""
        if pair is not None:
            self.workspace.pair(pair)
            return [pair]
        if not self.workspace.config.pairs:
            raise ConfigError("{file} has no pairs", file=self.workspace.document.file, hint="add [pairs.NAME]")
        return list(self.workspace.config.pairs)

    def _planned(self, name: str, progress: Progress | None, samples: int | None) -> Listing:
        from crmbridge.app import pairs, plan_views
        from crmbridge.sync.twoway.working import Worked

        done = pairs.look(self.wiring, name, progress)
        refusal = pairs.refusal(self.wiring, name)
        if done.plan is None:
            told = plan_views.nothing(self.wiring, name, done)
        else:
            told = plan_views.plan(self.wiring, done.plan.name, samples=samples)
        text = mark("it cannot be carried out yet: {reason}")
        more = () if refusal is None else (Note("PAIR_NOT_GRANTED", text, {"reason": str(refusal)}),)
        return replace(told, warnings=(*told.warnings, *plan_views.notes([Worked(name, done)]), *more))

    def plans(self, limit: int = 50) -> Listing:
        """The plans that are kept, the newest first."""
        from crmbridge.app import plan_views

        return plan_views.saved(self.wiring, limit)

    def plan_show(self, name: str, *, samples: int | None = SAMPLES) -> Listing:
        """One saved plan; of a large one only `samples` records of each operation."""
        from crmbridge.app import plan_views

        return plan_views.plan(self.wiring, name, samples=samples)

    def apply(self, name: str, lifted: Sequence[str] = (), progress: Progress | None = None) -> Listing:
        """Carries out a saved plan as it is; `lifted` names guards that a person lets pass for it alone."""
        from crmbridge.app import pairs
        from crmbridge.app.approved import approved

        plan = pairs.plan_of(self.wiring, name)
        with approved(self.wiring, plan, lifted) as told:
            made = self._applied(plan, lifted, progress)
            told.exit_code = made.exit_code
        return made

    def _applied(self, plan: Plan, lifted: Sequence[str], progress: Progress | None) -> Listing:
        from crmbridge.app import intents, migrating, pairs, plan_views

        name = plan.name
        if migrating.of_plan(plan) is not None:
            from crmbridge.app import migration_views

            moved = migrating.carry_out(self.wiring, plan, frozenset(lifted), progress)
            return migration_views.carried(self.wiring, plan, plan_views.applied(self.wiring, name, moved))
        if intents.connection_of(plan) is not None:
            place = (self.wiring, plan, frozenset(lifted), progress)
            sent = intents.carry_out(*place, still_wanted=self._wanted_tasks)
            self._forget()
            return replace(plan_views.plan(self.wiring, name), exit_code=sent.result.exit_code)
        done = pairs.carry_out(self.wiring, plan, frozenset(lifted), progress)
        return plan_views.applied(self.wiring, name, done)

    def migrate(
        self,
        giver: str,
        receiver: str,
        *,
        owner: str | None = None,
        again: bool = False,
        progress: Progress | None = None,
    ) -> Listing:
        """Reads both connections and plans what the second lacks, told beside what cannot be carried; sends nothing.

        `owner` is the address of who owns in the second what nobody owns there. With `again` what an undo has
        taken back is planned anew.
        """
        from crmbridge.app import migrating, migration_views

        done = migrating.look(self.wiring, giver, receiver, owner=owner, again=again, progress=progress)
        return migration_views.told(self.wiring, done)

    def migrate_apply(self, giver: str, receiver: str, name: str, progress: Progress | None = None) -> Listing:
        """Carries out a plan of that migration, or goes on with it; ConfigError where it is another's."""
        from crmbridge.app import migrating, pairs

        if migrating.of_plan(pairs.plan_of(self.wiring, name)) != (giver, receiver):
            raise ConfigError(
                "the plan {plan} is not of the migration from {giver} to {receiver}",
                plan=name,
                giver=giver,
                receiver=receiver,
                hint="crmbridge plan --list lists the plans",
            )
        return self.apply(name, (), progress)

    def send(self, connection: str, wanted: Sequence[Intent], progress: Progress | None = None) -> intents.Sent:
        """Sends what services want of a connection: tasks to be made, fields to be set; see `intents.send`."""
        from crmbridge.app import intents

        return intents.send(self.wiring, connection, wanted, progress)

    def follow_up(self, progress: Progress | None = None, *, is_sent: bool = True) -> Listing:
        """What services want in the CRMs is planned, and sent as far as it was granted, unless `is_sent` is False."""
        from crmbridge.app import follow_up_views

        return follow_up_views.told(self.wiring, self._follow_up(progress, is_sent=is_sent))

    def plan_any(
        self, name: str | None = None, progress: Progress | None = None, *, samples: int | None = SAMPLES
    ) -> list[Listing]:
        """The plan of the pair of that name, or of what services want of the connection; without a name all there are.

        Without a name a connection that was granted for a pair is left to its pairs. ConfigError where there is nothing
        to plan for.
        """
        from crmbridge.app import follow_up_views

        known = self.workspace.config
        if name is not None and (name in known.pairs or name not in known.connections):
            return self.plan(name, progress, samples=samples)
        served = [one for one in known.connections if self.wiring.allowance(one).mode in {"tasks", "fields"}]
        names = served if name is None else [name]
        pairs = [] if name or (names and not known.pairs) else self.plan(None, progress, samples=samples)
        if not names:
            return pairs
        done = self._follow_up(progress, is_sent=False, only=frozenset(names))
        return [*pairs, *follow_up_views.plans(self.wiring, done, samples=samples)]

    def _follow_up(self, progress: Progress | None, *, is_sent: bool, only: frozenset[str] | None = None) -> FollowUp:
        from crmbridge.app import follow_up

        done = follow_up.follow_up(
            self.wiring, self._facts, self._pipelines, self.as_of, is_sent=is_sent, only=only, progress=progress
        )
        if is_sent:
            self._forget()
        return done

    def _wanted_tasks(self) -> frozenset[str]:
        """The keys of the tasks that services want now; the first error of a service leaves."""
        from crmbridge.app import follow_up

        return follow_up.wanted_tasks(self.wiring, self._facts, self._pipelines, self.as_of)

    def undo(self, what: str) -> list[Listing]:
        """The plan that takes a plan back, or those that take back what a run has written; sent to nobody yet."""
        from crmbridge.app import undo

        made = undo.undone(self.wiring, what)
        self.wiring.audit.note("plan.undoing_made", f"{'run' if what.isdigit() else 'plan'}:{what}", plans=len(made))
        return made

    def reconcile(self, pair: str | None = None) -> list[Listing]:
        """How both sides of a pair, or of every pair, compare; a report that changes nothing."""
        from crmbridge.app import reconciling

        return [reconciling.reconcile(self.wiring, name) for name in self._pairs(pair)]

    # -- what a person decides, and what is unfinished ---------------------------------------------------------------

    def review(self, pair: str | None = None) -> Listing:
        """The questions that wait for a person: what was decided before, and what each side shows."""
        from crmbridge.app import review

        if pair is not None:
            self.workspace.pair(pair)
        return review.questions(self.wiring, pair)

    def answer(self, number: int, *, take: str | None = None, value: str | None = None) -> Listing:
        """A question is answered: by what one side shows, what was before, or a value of one's own."""
        from crmbridge.app import review

        return review.answer(self.wiring, number, take=take, value=value)

    def links(self, pair: str | None = None) -> Listing:
        """Records of two systems that may be one, the surest first: what both have, and why that is not certain."""
        from crmbridge.app import linking

        if pair is not None:
            self.workspace.pair(pair)
        return linking.suggestions(self.wiring, pair)

    def link(self, number: int, *, is_one: bool) -> Listing:
        """A suggestion is answered: the two are one and are merged, or they are two and are not suggested again."""
        from crmbridge.app import linking

        return linking.answer(self.wiring, number, is_one=is_one)

    def conflicts(self, pair: str | None = None, limit: int = 100) -> Listing:
        """Disagreements that are settled: who won, by what, and everybody who lost."""
        from crmbridge.app import review

        if pair is not None:
            self.workspace.pair(pair)
        return review.past(self.wiring, pair, limit)

    def outbox(self) -> Listing:
        """Writes that nobody knows to have arrived, and those that were refused."""
        from crmbridge.app import review

        return review.unfinished(self.wiring)
