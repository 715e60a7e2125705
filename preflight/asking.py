"""Questions to an account: clients of the stack's region, and what an answer that doesn't come means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from components.names import Names
from settings import Settings

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
ABSENT = frozenset({"NotImplemented", "UnknownOperationException", "InternalFailure", "404", "501"})


@dataclass(frozen=True)
class Lack:
    """One thing that is missing: `what` tells it with the value found, `remedy` what to do."""

    what: str
    remedy: str


@dataclass
class Account:
    """The account and region that a stack goes into, as the environment's credentials see it."""

    settings: Settings
    names: Names
    caller: str
    session: boto3.Session
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, region: str | None = None) -> Any:
        """A client for a region, the stack's own unless another is given."""
        where = region or self.names.region
        key = service if where == self.names.region else f"{service} in {where}"
        if key not in self._clients:
            # A preflight is answered at once or not: a throttled question is asked again, a refused one isn't.
            config = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=10)
            self._clients[key] = self.session.client(service, region_name=where, config=config)
        return self._clients[key]


Check = Callable[[Account], Iterator[Lack]]


def code(error: ClientError) -> str:
    """AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def run(check: Check, account: Account) -> tuple[list[Lack], str]:
    """What a check finds missing, and why it could not be decided ("" where it was)."""
    found: list[Lack] = []
    try:
        for each in check(account):
            found.append(each)
    except ClientError as error:
        asked = f"{error.operation_name}: {error.response.get('Error', {}).get('Message', '')}".strip()
        if code(error) in DENIED:
            return found, f"{asked} Allow the caller this read."
        if code(error) in ABSENT:
            return found, f"{error.operation_name} is not answered here."
        return found, asked
    except BotoCoreError as error:
        return found, str(error)
    return found, ""
