"""Whether a function's own policy lets a service of AWS invoke it for a certain resource."""

import fnmatch
import json
from typing import Any

from embedded.cloud.surroundings import ACCOUNT


def permits(function: Any, service: str, source_arn: str) -> bool:
    """Tell whether `function` (moto's) may be invoked by `service`, acting for `source_arn` of this account."""
    return any(_allows(statement, service, source_arn) for statement in function.policy.statements)


def _allows(statement: dict[str, Any], service: str, source_arn: str) -> bool:
    if statement.get("Effect") != "Allow" or service not in json.dumps(statement.get("Principal")):
        return False
    if statement.get("Action") not in ("lambda:InvokeFunction", "lambda:*"):
        return False
    conditions = {
        key.lower(): value for test in (statement.get("Condition") or {}).values() for key, value in test.items()
    }
    account = conditions.get("aws:sourceaccount", ACCOUNT)
    return account == ACCOUNT and fnmatch.fnmatchcase(source_arn, conditions.get("aws:sourcearn", "*"))
