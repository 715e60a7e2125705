"""Glue workflows: triggers start the jobs of a run, in the order that the deployed triggers say.

Terms, states and shapes: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-workflow.html
"""

import hashlib
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.glue.exceptions import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    IllegalWorkflowStateException,
    InvalidInputException,
)
from moto.glue.models import FakeWorkflowRun, GlueBackend, glue_backends
from moto.glue.responses import GlueResponse

from embedded.cloud import jobs

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 0.1
WINDOW_DIVIDED_BY = 60
"""A batch of events waits for as many seconds as Glue would for minutes."""
NO_CRAWLERS = "The embedded cloud runs no crawlers."
STATISTICS = {
    "TotalActions": None,
    "TimeoutActions": "TIMEOUT",
    "FailedActions": "FAILED",
    "StoppedActions": "STOPPED",
    "SucceededActions": "SUCCEEDED",
    "RunningActions": "RUNNING",
    "ErroredActions": "ERROR",
    "WaitingActions": "WAITING",
}


@dataclass
class Started:
    """What a trigger started: a job's run, or what could not be started and why."""

    trigger: str
    kind: str
    name: str
    run_id: str | None = None
    error: str | None = None


class WorkflowRun(FakeWorkflowRun):  # type: ignore[misc]
    """A run of a workflow: what was fired and started in it so far."""

    def __init__(self, backend: GlueBackend, workflow: Any, properties: dict[str, str]) -> None:
        before = next(reversed(workflow.runs), None)
        super().__init__(workflow.name, before, {**(workflow.default_run_properties or {}), **properties})
        self.backend = backend
        self.status: str
        self.starting_condition: dict[str, int] | None = None
        self.fired: set[str] = set()
        self.started: list[Started] = []
        self.stop_asked = False

    def state(self, started: Started) -> str:
        """The state of what was started, as conditions name it; a run that is retried goes on."""
        if started.run_id is None:
            return "ERROR"
        tries = list(_tries(self.backend, started))
        if not tries:
            return "STOPPED"
        if tries[-1].state == "FAILED" and tries[-1].attempt < int(self.backend.get_job(started.name).max_retries or 0):
            return "RUNNING"
        state: str = tries[-1].state
        return state if state in jobs.FINAL else "RUNNING"

    def as_dict(self, *, graph: bool = False) -> dict[str, Any]:
        """The run as GetWorkflowRun shows it."""
        shown: dict[str, Any] = {**super().as_dict(), "Statistics": self.statistics()}
        if self.starting_condition:
            shown["StartingEventBatchCondition"] = self.starting_condition
        if graph:
            shown["Graph"] = _graph(self.backend, self.workflow_name, self)
        return shown

    def statistics(self) -> dict[str, int]:
        """How many actions came to what."""
        states = Counter(self.state(each) for each in self.started)
        return {name: states.total() if state is None else states[state] for name, state in STATISTICS.items()}


@dataclass
class Batch:
    """Events that wait for more of them, or for the end of the window."""

    ids: list[str] = field(default_factory=list)
    timer: threading.Timer | None = None


class Workflows:
    """Runs workflows, each run watched by a thread of its own. `stop_job` stops a job's run."""

    def __init__(self, stop_job: Callable[[jobs.JobRun], None]) -> None:
        self._stop_job = stop_job
        self._lock = threading.RLock()
        self._batches: dict[tuple[str, str, str], Batch] = {}

    def start(self, backend: GlueBackend, name: str, properties: dict[str, str]) -> WorkflowRun:
        """Start a run by the workflow's trigger on demand. Raises what StartWorkflowRun does."""
        workflow = _workflow(backend, name)
        trigger = _start_trigger(backend, name)
        if trigger is None or trigger.trigger_type == "EVENT":
            # docs.aws.amazon.com/glue/latest/dg/running_monitoring_workflow.html: those with a trigger on demand.
            waits = "has no trigger that starts it" if trigger is None else f"is started by events ({trigger.name})"
            raise InvalidInputException("StartWorkflowRun", f"Workflow {name} {waits}")
        return self._begin(backend, workflow, properties, lambda run: self._fire(run, trigger))

    def resume(self, backend: GlueBackend, name: str, run_id: str, nodes: Iterable[str]) -> tuple[str, list[str]]:
        """Start nodes of an ended run again and what follows, in a new run. Raises what ResumeWorkflowRun does."""
        workflow = _workflow(backend, name)
        ended = workflow.get_run(run_id)
        if ended.status not in ("COMPLETED", "STOPPED", "ERROR"):
            raise IllegalWorkflowStateException(f"Workflow run {run_id} is {ended.status} and can't be resumed")
        again = [each for each in ended.started if _node_id(name, each.kind, each.name) in set(nodes)]
        if not again:
            raise InvalidInputException("ResumeWorkflowRun", "None of the nodes was started in this run")
        first = min(ended.started.index(each) for each in again)

        def take_up(run: WorkflowRun) -> None:
            # What came before stands as it ended.
            run.started = [each for each in ended.started[:first] if each not in again]
            run.fired = {each.trigger for each in (*run.started, *again)}
            for each in again:
                self._act(run, each.trigger, each.kind, each.name, {})

        resumed = self._begin(backend, workflow, dict(ended.properties), take_up)
        resumed.previous_run_id = run_id
        return resumed.run_id, [_node_id(name, each.kind, each.name) for each in again]

    def stop(self, backend: GlueBackend, name: str, run_id: str) -> None:
        """Stop a run and its jobs."""
        run = _workflow(backend, name).get_run(run_id)
        if run.status != "RUNNING":
            raise IllegalWorkflowStateException(f"Workflow run {run_id} is {run.status} and can't be stopped")
        with self._lock:
            run.stop_asked, run.status = True, "STOPPING"
            for started in run.started:
                for each in _tries(backend, started):
                    if each.state not in jobs.FINAL:
                        self._stop_job(each)

    def take(self, target: dict[str, Any], event: dict[str, Any]) -> None:
        """Take an event for the workflow that a rule's target names: a batch of them starts a run."""
        _, _, _, region, account, resource = target["Arn"].split(":", 5)
        name, event_id = resource.removeprefix("workflow/"), str(event["id"])
        backend = glue_backends[account][region]
        trigger = _start_trigger(backend, name) if name in backend.workflows else None
        if trigger is None or trigger.trigger_type != "EVENT":
            log.warning("An event for workflow %s was dropped: no trigger of it takes events", name)
            return
        condition = trigger.event_batching_condition or {"BatchSize": 1}
        key = account, region, name
        with self._lock:
            batch = self._batches.setdefault(key, Batch())
            batch.ids.append(event_id)
            if len(batch.ids) >= condition["BatchSize"]:
                self._close(key, trigger, condition)
            elif batch.timer is None:
                seconds = condition.get("BatchWindow", 900) / WINDOW_DIVIDED_BY
                batch.timer = threading.Timer(seconds, self._close, (key, trigger, condition))
                batch.timer.daemon = True
                batch.timer.start()

    def _close(self, key: tuple[str, str, str], trigger: Any, condition: dict[str, int]) -> None:
        with self._lock:
            batch = self._batches.pop(key, None)
            if batch is None:
                return
            if batch.timer:
                batch.timer.cancel()
            backend = glue_backends[key[0]][key[1]]
            workflow = backend.workflows.get(key[2])
            if workflow is None:
                return
            properties = {"aws:eventIds": json.dumps(batch.ids)}
            try:
                size = {**condition, "BatchSize": len(batch.ids)}
                self._begin(backend, workflow, properties, lambda run: self._fire(run, trigger), size)
            except ConcurrentRunsExceededException:
                log.info("%s events for %s start nothing: as many runs as it may have go on", len(batch.ids), key[2])

    def _begin(
        self,
        backend: GlueBackend,
        workflow: Any,
        properties: dict[str, str],
        first: Callable[[WorkflowRun], None],
        condition: dict[str, int] | None = None,
    ) -> WorkflowRun:
        with self._lock:
            going = sum(run.status in ("RUNNING", "STOPPING") for run in workflow.runs.values())
            if workflow.max_concurrent_runs and going >= workflow.max_concurrent_runs:
                raise ConcurrentRunsExceededException(f"Workflow {workflow.name} has {going} runs already")
            run = WorkflowRun(backend, workflow, properties)
            # Whoever sees the run sees what started it.
            run.starting_condition = condition
            workflow.runs[run.run_id] = run
            first(run)
        threading.Thread(target=self._watch, args=(run,), daemon=True, name=run.run_id[:16]).start()
        return run

    def _watch(self, run: WorkflowRun) -> None:
        while not self._advance(run):
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _advance(self, run: WorkflowRun) -> bool:
        """Fire what can be fired now. Returns whether the run is over."""
        with self._lock:
            states = {(each.kind, each.name): run.state(each) for each in run.started}
            if not run.stop_asked:
                for trigger in _triggers(run.backend, run.workflow_name):
                    waits = trigger.trigger_type == "CONDITIONAL" and trigger.name not in run.fired
                    if waits and trigger.state == "ACTIVATED" and _holds(trigger.predicate, states):
                        self._fire(run, trigger)
            if any(run.state(each) == "RUNNING" for each in run.started):
                return False
            run.status = "STOPPED" if run.stop_asked else "COMPLETED"
            run.completed_on = utcnow()
        log.info("Workflow %s %s: %s", run.workflow_name, run.status, run.statistics())
        return True

    def _fire(self, run: WorkflowRun, trigger: Any) -> None:
        run.fired.add(trigger.name)
        for action in trigger.actions:
            self._act(run, trigger.name, *_named(action), action.arguments or {})

    def _act(self, run: WorkflowRun, trigger: str, kind: str, name: str, arguments: dict[str, str]) -> None:
        started = Started(trigger, kind, name)
        run.started.append(started)
        if kind == "CRAWLER":
            started.error = NO_CRAWLERS
            return
        # https://docs.aws.amazon.com/glue/latest/dg/workflow-run-properties-code.html
        given = {**arguments, "--WORKFLOW_NAME": run.workflow_name, "--WORKFLOW_RUN_ID": run.run_id}
        try:
            sizes = dict.fromkeys(_SIZES)
            started.run_id = run.backend.get_job(name).start_job_run(arguments=given, previous_run_id=None, **sizes)
        except JsonRESTError as refused:
            started.error = str(refused.message)


_SIZES = (
    "allocated_capacity",
    "max_capacity",
    "timeout",
    "worker_type",
    "security_configuration",
    "number_of_workers",
    "notification_property",
)


def _workflow(backend: GlueBackend, name: str) -> Any:
    workflow = backend.workflows.get(name)
    if workflow is None:
        raise EntityNotFoundException(f"Workflow {name} not found")
    return workflow


def _triggers(backend: GlueBackend, name: str) -> list[Any]:
    return [each for each in backend.triggers.values() if each.workflow_name == name]


def _start_trigger(backend: GlueBackend, name: str) -> Any:
    return next((each for each in _triggers(backend, name) if each.trigger_type != "CONDITIONAL"), None)


def _tries(backend: GlueBackend, started: Started) -> Iterator[jobs.JobRun]:
    """The attempts of the run that was started, in their order."""
    job = backend.jobs.get(started.name) if started.kind == "JOB" and started.run_id else None
    for run in list(job.job_runs) if job else ():
        if run.job_run_id.split("_attempt_")[0] == started.run_id:
            yield run


def _named(each: Any) -> tuple[str, str]:
    """The kind and the name of what an action starts or a condition waits for."""
    return ("JOB", each.job_name) if each.job_name else ("CRAWLER", each.crawler_name)


def _holds(predicate: Any, states: dict[tuple[str, str], str]) -> bool:
    """Whether a predicate's conditions are met: all of them, or any."""
    met = (states.get(_named(each)) == (each.state or each.crawl_state).value for each in predicate.conditions)
    return any(met) if predicate.as_dict().get("Logical") == "ANY" else all(met)


def _node_id(workflow: str, kind: str, name: str) -> str:
    return f"wnode_{hashlib.sha256(f'{workflow} {kind} {name}'.encode()).hexdigest()}"


def _graph(backend: GlueBackend, name: str, run: WorkflowRun | None = None) -> dict[str, Any]:
    """The nodes of a workflow and what leads to what, as its triggers say; with what came of them in a run."""
    nodes: dict[str, dict[str, Any]] = {}
    edges: list[dict[str, str]] = []

    def node(kind: str, called: str, details: dict[str, Any]) -> str:
        identifier = _node_id(name, kind, called)
        nodes[identifier] = {"Type": kind, "Name": called, "UniqueId": identifier, **details}
        return identifier

    def at_work(each: Any) -> str:
        kind, called = _named(each)
        return node(kind, called, _came_of(run, kind, called))

    for trigger in _triggers(backend, name):
        this = node("TRIGGER", trigger.name, {"TriggerDetails": {"Trigger": trigger.as_dict()}})
        waits_for = trigger.predicate.conditions if trigger.predicate else ()
        edges += [{"SourceId": at_work(each), "DestinationId": this} for each in waits_for]
        edges += [{"SourceId": this, "DestinationId": at_work(each)} for each in trigger.actions]
    return {"Nodes": list(nodes.values()), "Edges": edges}


def _came_of(run: WorkflowRun | None, kind: str, name: str) -> dict[str, Any]:
    if run is None:
        return {}
    mine = [each for each in run.started if (each.kind, each.name) == (kind, name)]
    if kind == "CRAWLER":
        return {"CrawlerDetails": {"Crawls": [{"State": "ERROR", "ErrorMessage": each.error} for each in mine]}}
    runs = [attempt.as_dict() for each in mine for attempt in _tries(run.backend, each)]
    refused = [{"JobName": name, "JobRunState": "ERROR", "ErrorMessage": each.error} for each in mine if each.error]
    return {"JobDetails": {"JobRuns": runs + refused}}


_get_workflow = GlueResponse.get_workflow


def install(workflows: Workflows) -> None:
    """Let moto's Glue run workflows."""

    def get_workflow(self: Any) -> ActionResult:
        answer: ActionResult = _get_workflow(self)
        if self.parameters.get("IncludeGraph"):
            graph = _graph(self.glue_backend, self.parameters["Name"])
            answer.result["Workflow"] = {**answer.result["Workflow"], "Graph": graph}
        return answer

    def get_workflow_run(self: Any) -> ActionResult:
        run = _workflow(self.glue_backend, self.parameters["Name"]).get_run(self.parameters["RunId"])
        return ActionResult({"Run": run.as_dict(graph=bool(self.parameters.get("IncludeGraph")))})

    def start_workflow_run(self: Any) -> ActionResult:
        given = self.parameters.get("RunProperties") or {}
        return ActionResult({"RunId": workflows.start(self.glue_backend, self.parameters["Name"], given).run_id})

    def stop_workflow_run(self: Any) -> EmptyResult:
        workflows.stop(self.glue_backend, self.parameters["Name"], self.parameters["RunId"])
        return EmptyResult()

    def resume_workflow_run(self: Any) -> ActionResult:
        name, run_id = self.parameters["Name"], self.parameters["RunId"]
        run_id, nodes = workflows.resume(self.glue_backend, name, run_id, self.parameters["NodeIds"])
        return ActionResult({"RunId": run_id, "NodeIds": nodes})

    GlueResponse.get_workflow = get_workflow
    GlueResponse.get_workflow_run = get_workflow_run
    GlueResponse.start_workflow_run = start_workflow_run
    GlueResponse.stop_workflow_run = stop_workflow_run
    GlueResponse.resume_workflow_run = resume_workflow_run
