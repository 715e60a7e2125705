"""Valid inputs of every type in the table, with what to change and what to get wrong.

A key is the type's token, and a variant's title after a blank. `$name.property` stands for a property of the
prerequisite `name`, made first; `$name.id` for its id; `$policy.arn` for a policy of the customer's own.
"""

from tests.embedded.provider.cases import (
    access,
    business_intelligence,
    clusters,
    compute,
    delivery,
    entrance,
    events,
    exchange,
    interfaces,
    lake,
    listening,
    network,
    observing,
    portal,
    queries,
    stacks,
    storage,
    streams,
    upkeep,
    workflows,
)
from tests.embedded.provider.cases.case import Case
from tests.embedded.provider.cases.needs import NEEDS

CASES: dict[str, Case] = {
    **network.CASES,
    **storage.CASES,
    **access.CASES,
    **compute.CASES,
    **lake.CASES,
    **events.CASES,
    **observing.CASES,
    **upkeep.CASES,
    **clusters.CASES,
    **queries.CASES,
    **streams.CASES,
    **portal.CASES,
    **entrance.CASES,
    **delivery.CASES,
    **listening.CASES,
    **interfaces.CASES,
    **stacks.CASES,
    **exchange.CASES,
    **business_intelligence.CASES,
    **workflows.CASES,
}

__all__ = ["CASES", "NEEDS", "Case"]
