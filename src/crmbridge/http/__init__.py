"""The one door to the vendors: deadline, hosts, budgets, retries and secrets, the same for every adapter.

    door = Door(context, hosts=Hosts(frozenset({"www.example-crm.com"})), judge=judge, auth=auth)
    reply = door.send(Call("GET", "https://www.example-crm.com/v1/deals", safe=True))
    reply.json()

An adapter brings a judge (what does this answer mean?), an `Auth` and `Rules`; the rest is here.
"""

from crmbridge.http.auth import Auth, Signs, fingerprint
from crmbridge.http.call import Call, Headers, Reply
from crmbridge.http.door import Door
from crmbridge.http.hosts import HostRefused, Hosts
from crmbridge.http.rules import Rules
from crmbridge.http.secret import Secret
from crmbridge.http.settling import Judge
from crmbridge.http.strict import UnreadableBody
from crmbridge.http.tokens import Token, TokenCache
from crmbridge.http.verdict import Doubt, Exhausted, Fail, InDoubt, Ok, Renew, Retry, Verdict, by_status

__all__ = [
    "Auth",
    "Call",
    "Door",
    "Doubt",
    "Exhausted",
    "Fail",
    "Headers",
    "HostRefused",
    "Hosts",
    "InDoubt",
    "Judge",
    "Ok",
    "Renew",
    "Reply",
    "Retry",
    "Rules",
    "Secret",
    "Signs",
    "Token",
    "TokenCache",
    "UnreadableBody",
    "Verdict",
    "by_status",
    "fingerprint",
]
