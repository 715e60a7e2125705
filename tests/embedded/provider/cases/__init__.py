"""Valid inputs of every type in the table, with what to change and what to get wrong.

A key is the type's token, and a variant's title after a blank. `$name.property` stands for a property of the
prerequisite `name`, made first; `$name.id` for its id; `$policy.arn` for a policy of the customer's own.
"""

from tests.embedded.provider.cases import access, compute, lake, network, storage
from tests.embedded.provider.cases.case import Case
from tests.embedded.provider.cases.needs import NEEDS

CASES: dict[str, Case] = {**network.CASES, **storage.CASES, **access.CASES, **compute.CASES, **lake.CASES}

__all__ = ["CASES", "NEEDS", "Case"]
