"""All of it put together: the server, and each engine installed behind its API."""

import threading
from pathlib import Path

from embedded.cloud import (
    athena_api,
    before,
    bucket_events,
    bus,
    children,
    cluster_steps,
    data_quality,
    event_sources,
    functions,
    graphql,
    jobs,
    load_balancer,
    patches,
    rest,
    warehouse,
    workflow_runs,
)
from embedded.cloud.server import HOST, Front, bind


class Cloud:
    """The embedded AWS on one port of 127.0.0.1."""

    def __init__(self, *, port: int, work: Path) -> None:
        """Bind `port` (0 picks one) and install the engines. Raises OSError where the port is taken."""
        self._front = Front()
        self._server = bind(port, self._front)
        self.endpoint = f"http://{HOST}:{self._server.server_address[1]}"
        self._functions = functions.Functions(endpoint=self.endpoint, work=work)
        self._sources = event_sources.EventSources(self._functions)
        patches.install()
        functions.install(self._functions)
        event_sources.attach(self._sources)
        bucket_events.install(self._functions)
        athena_api.install()
        warehouse.install()
        self._front.mount(rest.PREFIX, rest.RestFront(self._functions))
        apis = graphql.GraphqlFront(self._functions)
        self._front.mount(patches.graphql.PREFIX, apis)
        self._front.mount(before.PREFIX, before.application)
        self._front.mount(load_balancer.PREFIX, load_balancer.LoadBalancerFront(self._functions))
        runs = jobs.Jobs(endpoint=self.endpoint, work=work)
        jobs.install(runs)
        cluster_steps.install(runs)
        workflows = workflow_runs.Workflows(runs.stop)
        workflow_runs.install(workflows)
        bus.install({"glue": workflows.take, "appsync": apis.take})
        data_quality.install()

    def start(self) -> None:
        """Begin to serve, in threads of its own."""
        threading.Thread(target=self._server.serve_forever, daemon=True, name="http").start()
        self._sources.start()
        threading.Thread(target=athena_api.engine, daemon=True, name="warm-up").start()

    def close(self) -> None:
        """Stop serving and end every child."""
        self._sources.close()
        self._functions.close()
        children.end_all()
        self._server.server_close()
