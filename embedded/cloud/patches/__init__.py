"""What moto lacks and this project's stacks call: whole actions, fields that it drops, faults that it has.

Nothing here runs anything: `install()` suits any moto in this process. The engines come on top, in
`embedded.cloud.cloud`.
"""

import functools

from embedded.cloud import bucket_events, event_sources, function_settings, glue_tables, threads
from embedded.cloud.patches import (
    analytics,
    buckets,
    business_intelligence,
    cells,
    certificates,
    economies,
    fleets,
    gateway,
    glue,
    governance,
    graphql,
    load_balancers,
    network,
    observing,
    queries,
    queues,
    redshift,
    resolvers,
    rest_apis,
    roles,
    schedules,
    stacks,
    streams,
    tags,
    topics,
    users,
    web_acls,
    workflows,
)


@functools.cache
def install() -> None:
    """Patch moto, once in a process."""
    threads.install()
    function_settings.install()
    event_sources.install()
    bucket_events.install(None)
    glue_tables.install()
    for part in (
        analytics,
        buckets,
        business_intelligence,
        cells,
        certificates,
        economies,
        fleets,
        gateway,
        glue,
        governance,
        graphql,
        load_balancers,
        network,
        observing,
        queries,
        queues,
        redshift,
        resolvers,
        rest_apis,
        roles,
        schedules,
        stacks,
        streams,
        tags,
        topics,
        users,
        web_acls,
        workflows,
    ):
        part.install()
