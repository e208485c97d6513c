"""What an administrator changes behind the adapter's back: fields, values, rights, users, tokens, the org itself.

As in ``backdoor`` every public method is an action of the control API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_sim.zoho.building import custom_module
from crmbridge_sim.zoho.custom_fields import placing
from crmbridge_sim.zoho.people import User
from crmbridge_sim.zoho.schema import Field, PickValue
from crmbridge_sim.zoho.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


class Administration:
    """Changes of the org's schema, people and grants."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim

    def rename_field(self, module: str, old: str, new: str, *, label: str = "") -> None:
        """Gives a field another api name and label; its values stay."""
        with self._sim.lock:
            target = self._sim.schema[module]
            field = self._sim.schema.find_field(module, old)
            self._sim.store.rename_column(target, old, new)
            field.api_name, field.label = new, label or new.replace("_", " ")
            target.fields = {one.api_name: one for one in target.fields.values()}
            for layout in target.layouts:
                layout.fields = tuple(new if name == old else name for name in layout.fields)
            self._sim.schema.touch()

    def relabel_field(self, module: str, name: str, label: str) -> None:
        """Changes a field's label alone, as most renames do (dossier 4.2: api names stay)."""
        with self._sim.lock:
            self._sim.schema.find_field(module, name).label = label
            self._sim.schema.touch()

    def add_field(
        self,
        module: str,
        name: str,
        *,
        data_type: str = "text",
        length: int = 255,
        unique: bool = False,
        lookup: str = "",
    ) -> str:
        """Adds a custom field of any data type, known or not; returns its id."""
        with self._sim.lock:
            target = self._sim.schema[module]
            field = Field(
                name, data_type, name.replace("_", " "), length=length, custom=True, unique=unique, lookup=lookup
            )
            placing.add_field(self._sim, target, field, target.layouts)
            return str(field.id)

    def add_module(self, name: str, *, modified_time: bool = True) -> str:
        """Adds a custom module with a Name; without Modified_Time it is one of the odd ones (dossier 8: AB)."""
        with self._sim.lock:
            if name in self._sim.schema:
                raise ValueError(f"there is a module {name} already")
            made = custom_module(name, self._sim.metadata_id, modified_time=modified_time)
            self._sim.schema.modules[name] = made
            self._sim.store.create_table(made)
            self._sim.store.index(made)
            self._sim.schema.touch()
            return str(made.id)

    def remove_field(self, module: str, name: str) -> None:
        """Deletes a field with its values."""
        with self._sim.lock:
            self._sim.schema.find_field(module, name)
            placing.remove_field(self._sim, self._sim.schema[module], name)

    def hide_field(self, module: str, name: str, *, hidden: bool = True) -> None:
        """Field-level security: the field is absent from metadata and records, without an error (dossier 3)."""
        with self._sim.lock:
            self._sim.schema.find_field(module, name).visible = not hidden
            self._sim.schema.touch()

    def add_pick_value(self, module: str, field: str, display: str, *, actual: str = "", pipeline: str = "") -> str:
        """Adds a value to a picklist, for Deals.Stage also to a pipeline; returns its id."""
        with self._sim.lock:
            target = self._sim.schema.find_field(module, field)
            value = PickValue(display, actual or display, self._sim.metadata_id())
            if module == "Deals" and field == "Stage":
                value.probability, value.forecast_type, value.forecast_category = 50, "Open", "Pipeline"
                for pipe in self._sim.schema.pipelines:
                    if pipe.default if not pipeline else pipeline in {pipe.actual, pipe.display}:
                        pipe.stages = (*pipe.stages, value.actual)
            target.values.append(value)
            self._sim.schema.touch()
            return str(value.id)

    def rename_pick_value(self, module: str, field: str, actual: str, display: str) -> None:
        """Renames what people see; the actual value stays (dossier 3: labels are renamed and translated)."""
        with self._sim.lock:
            found = self._sim.schema.find_field(module, field).pick(actual)
            if found is None:
                raise KeyError(f"{module}.{field} has no value {actual}")
            found.display = display
            self._sim.schema.touch()

    def set_permission(self, module: str, *, allowed: bool = False) -> None:
        """Takes the right to a module away from the API user's profile, or gives it back: 403 NO_PERMISSION."""
        with self._sim.lock:
            self._sim.schema[module].permitted = allowed

    def add_user(self, first_name: str, last_name: str, email: str, *, profile: str = "Standard") -> str:
        """Adds a user; returns the id."""
        with self._sim.lock:
            now, number = int(self._sim.clock.now()), len(self._sim.people)
            user = User(self._sim.metadata_id(), first_name, last_name, email, 70_000_001 + number, profile=profile)
            user.created = user.modified = now
            self._sim.people.add(user)
            return str(user.id)

    def set_user(self, email: str, *, status: str = "", profile: str = "", last_name: str = "", zone: str = "") -> None:
        """Changes a user: status active, disabled or deleted, profile, name, time zone."""
        with self._sim.lock:
            user = self._sim.people.by_email(email)
            if user is None:
                raise KeyError(f"no user has the address {email}")
            user.status = status or user.status
            user.profile, user.last_name = profile or user.profile, last_name or user.last_name
            user.time_zone = zone or user.time_zone
            user.modified = int(self._sim.clock.now())
            self._sim.people.touch()

    def transfer(self, module: str, old_email: str, new_email: str, *, move: bool = True) -> int:
        """Mass transfer of records from one owner to another; returns how many."""
        with self._sim.lock:
            old, new = self._sim.people.by_email(old_email), self._sim.people.by_email(new_email)
            if old is None or new is None:
                raise KeyError(f"no user has the address {old_email if old is None else new_email}")
            ids = self._sim.store.db.execute(f'SELECT id FROM {quoted(module)} WHERE "Owner" = ?', (old.id,)).fetchall()
            now = int(self._sim.clock.now())
            for (record_id,) in ids:
                changes = {"Owner": new.id}
                self._sim.store.update(
                    module, record_id, changes, at=now, user=self._sim.api_user.id, source="backdoor", move=move
                )
            return len(ids)

    def swap_org(self, *, company_name: str = "Another Company") -> str:
        """Another org answers behind the same credentials; returns its id."""
        with self._sim.lock:
            org = self._sim.org
            org.id, org.zgid, org.company_name = org.id + 7 * 10**12, org.zgid + 1, company_name
            return str(org.id)

    def set_edition(self, edition: str, *, licences: int = 0) -> None:
        """Changes the edition, and with it credits and concurrency (dossier 5.1)."""
        with self._sim.lock:
            self._sim.org.edition = edition
            self._sim.org.licences = licences or self._sim.org.licences

    def drop_scope(self, scope: str) -> None:
        """Takes a scope away from the connection's grant and its living tokens (case does not matter)."""
        with self._sim.lock:
            self._sim.accounts.drop_scope(scope)

    def revoke(self) -> None:
        """The user withdraws the connection: the refresh token dies with its access tokens."""
        with self._sim.lock:
            self._sim.accounts.revoke(self._sim.grant.token)

    def kill_access_tokens(self) -> None:
        """All access tokens die; refreshing still works."""
        with self._sim.lock:
            self._sim.accounts.kill_access_tokens()

    def grant_again(self) -> dict[str, str]:
        """A new refresh token of the same user and client; returns the connection's credentials."""
        with self._sim.lock:
            self._sim.grant = self._sim.accounts.grant(self._sim.client, user_id=self._sim.api_user.id)
            return self._sim.credentials

    def grant_code(self, *, scopes: str = "") -> str:
        """A grant code as the console types it out for a self client; ``scopes`` comma separated."""
        with self._sim.lock:
            wanted = tuple(scope for scope in scopes.split(",") if scope)
            user = self._sim.api_user.id
            if wanted:
                return self._sim.accounts.make_code(self._sim.client, user_id=user, scopes=wanted)
            return self._sim.accounts.make_code(self._sim.client, user_id=user)

    def reset_credits(self) -> None:
        """A fresh day of credits."""
        with self._sim.lock:
            self._sim.credits.reset()
