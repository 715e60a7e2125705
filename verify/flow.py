"""Waits until everything that was sent is through landing, and for the workflow that takes it on."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from verify.plan import Plan
from verify.platform import Platform, PlatformError, Progress, Stored
from verify.send import key_of

DRAIN_SECONDS = 1_200
WORKFLOW_SECONDS = 7_200
GOING = ("RUNNING", "STOPPING")
PAUSE = 1.0


@dataclass
class Landed:
    """What a run put into initial and quarantine: what is there now and was not there, or was older, before."""

    before: Mapping[str, datetime]
    lines: dict[str, int] = field(default_factory=dict)
    """Lines of the stream's raw objects, by key."""
    rejects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Entries of the quarantine's objects, by key."""
    _seen: dict[str, datetime] = field(default_factory=dict)

    def new(self, objects: Mapping[str, Stored]) -> list[str]:
        """The keys of objects that this run wrote."""
        return [key for key, entry in objects.items() if self.before.get(key) != entry.modified]

    def unread(self, objects: Mapping[str, Stored]) -> list[str]:
        """Those of them that were not read yet, or were written again since; marks them as read."""
        keys = [key for key in self.new(objects) if self._seen.get(key) != objects[key].modified]
        self._seen.update({key: objects[key].modified for key in keys})
        return keys


def before(platform: Platform) -> Landed:
    """What is there before anything is sent."""
    objects = {**_raw(platform), **_quarantine(platform)}
    return Landed({key: entry.modified for key, entry in objects.items()})


def drain(platform: Platform, plan: Plan, landed: Landed, seconds: float = DRAIN_SECONDS) -> None:
    """Wait until each dropped file is in initial, and each record in initial or quarantine.

    Raises PlatformError when something ends in a dead-letter queue, or at the deadline, saying what is missing.
    """
    progress = Progress(platform.say, "landing", 0)
    deadline = time.monotonic() + seconds
    dead = _depths(platform, dead=True)
    while True:
        missing = _missing(platform, plan, landed)
        waiting = sum(_depths(platform, dead=False).values())
        if not missing and not waiting:
            return
        now_dead = _depths(platform, dead=True)
        worse = [name for name, depth in now_dead.items() if depth > dead[name]]
        if worse:
            raise PlatformError(f"Something could not be landed: see the dead-letter queue(s) {', '.join(worse)}.")
        state = f": {', '.join(missing) or 'all there'}; {waiting:,} messages queued"
        if time.monotonic() > deadline:
            raise PlatformError(f"Landing is not done after {seconds:.0f} s{state}.")
        progress.at(0, state)
        time.sleep(PAUSE)


def read_quarantine(platform: Platform, landed: Landed) -> None:
    """Read the quarantine's objects that this run wrote and that are not read yet."""
    keys = landed.unread(_quarantine(platform))
    for key, body in platform.bodies(platform.outputs.landing_bucket, keys, "quarantine objects"):
        landed.rejects[key] = [json.loads(line) for line in body.decode("utf-8").split("\n") if line]


def run_workflow(platform: Platform, seconds: float = WORKFLOW_SECONDS) -> dict[str, float]:
    """Have the deployed workflow run over all that has landed, and see it end well.

    A run that began before may have missed what came after; one that arrivals start from now on will do as well as
    the one that is asked for, as the schedule asks. Returns the seconds that each job took; PlatformError says what
    failed and why.
    """
    earlier = {run["WorkflowRunId"] for run in _runs(platform)}
    deadline = time.monotonic() + seconds
    progress = Progress(platform.say, "workflow", 0)
    asked = False
    while True:
        runs = _runs(platform)
        new = [run["WorkflowRunId"] for run in runs if run["WorkflowRunId"] not in earlier]
        if new:
            return _follow(platform, new[0], deadline, progress)
        going = any(run["Status"] in GOING for run in runs)
        if not going and not asked:
            _ask(platform)
            asked = True
        if time.monotonic() > deadline:
            raise PlatformError(f"Workflow {platform.outputs.workflow} has not started after {seconds:.0f} s.")
        progress.at(0, " waits for an earlier run" if going else " waits for its batch of events")
        time.sleep(PAUSE)


def _ask(platform: Platform) -> None:
    """Put the event by which the schedule starts the workflow."""
    event = {**platform.outputs.workflow_event, "Detail": "{}"}
    answer = platform.events.put_events(Entries=[event])
    if answer["FailedEntryCount"]:
        raise PlatformError(f"The event that starts the workflow was refused: {answer['Entries']}")


def _follow(platform: Platform, run_id: str, deadline: float, progress: Progress) -> dict[str, float]:
    """Tell each job as it starts and ends, to the end of the run. Raises PlatformError if one failed."""
    told: dict[str, str] = {}
    while True:
        run = platform.glue.get_workflow_run(Name=platform.outputs.workflow, RunId=run_id, IncludeGraph=True)["Run"]
        last = _last_runs(run)
        for job, state in last.items():
            if job not in told:
                platform.say(f"job {job}")
            if state["JobRunState"] == "SUCCEEDED" != told.get(job):
                platform.say(f"     done after {state.get('ExecutionTime', 0)} s")
            told[job] = state["JobRunState"]
        if run["Status"] not in GOING:
            break
        if time.monotonic() > deadline:
            raise PlatformError(f"Run {run_id} of the workflow is still {run['Status']} at the deadline; it goes on.")
        progress.at(0, f": {', '.join(job for job, state in told.items() if state != 'SUCCEEDED') or 'between jobs'}")
        time.sleep(PAUSE)
    failed = [
        f"Job {job} {state['JobRunState']}: {state.get('ErrorMessage', 'no message')}"
        for job, state in last.items()
        if state["JobRunState"] != "SUCCEEDED"
    ]
    idle = sorted(_jobs(run) - set(last))
    if failed or idle or run["Status"] != "COMPLETED":
        unstarted = f"; not started: {', '.join(idle)}" if idle else ""
        raise PlatformError(f"The workflow is {run['Status']}. {'; '.join(failed)}{unstarted}")
    return {job: float(state.get("ExecutionTime", 0)) for job, state in last.items()}


def _runs(platform: Platform) -> list[dict[str, Any]]:
    pages = platform.glue.get_paginator("get_workflow_runs").paginate(Name=platform.outputs.workflow)
    return [run for page in pages for run in page.get("Runs", ())]


def _jobs(run: Mapping[str, Any]) -> set[str]:
    return {node["Name"] for node in run["Graph"]["Nodes"] if node["Type"] == "JOB"}


def _last_runs(run: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The last attempt of each job that was started in a run of the workflow, in the order of their starts."""
    nodes = [node for node in run["Graph"]["Nodes"] if node["Type"] == "JOB"]
    last = {node["Name"]: node["JobDetails"]["JobRuns"][-1] for node in nodes if node["JobDetails"].get("JobRuns")}
    return dict(sorted(last.items(), key=lambda entry: str(entry[1].get("StartedOn", ""))))


def _missing(platform: Platform, plan: Plan, landed: Landed) -> list[str]:
    """What is not landed yet, in words; empty when everything is."""
    raw = _raw(platform)
    bucket = platform.outputs.landing_bucket
    dropped = platform.objects(bucket, platform.outputs.drop_prefixes["flights"])
    late = 0
    for file in plan.drops:
        there = raw.get(f"raw/{file.dataset}/{file.name}")
        if there is None or there.modified < dropped[key_of(platform, file)].modified:
            late += 1
    of_weather = {key: entry for key, entry in raw.items() if key.startswith("raw/weather/")}
    fresh = landed.unread(of_weather)
    for key, body in platform.bodies(platform.outputs.initial_bucket, fresh, "raw weather objects"):
        landed.lines[key] = body.count(b"\n")
    read_quarantine(platform, landed)
    rejected = sum(len(entries) for key, entries in landed.rejects.items() if key.startswith("quarantine/weather/"))
    behind = plan.sent("weather") - sum(landed.lines.values()) - rejected
    words = [f"{late:,} files to come"] if late else []
    return words + ([f"{behind:,} records to come"] if behind > 0 else [])


def _raw(platform: Platform) -> dict[str, Stored]:
    return platform.objects(platform.outputs.initial_bucket, "raw/")


def _quarantine(platform: Platform) -> dict[str, Stored]:
    return platform.objects(platform.outputs.landing_bucket, "quarantine/")


def _depths(platform: Platform, dead: bool) -> dict[str, int]:
    """Messages in each queue, waiting or in the hands of a function."""
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    depths = {}
    for name, url in platform.outputs.queues.items():
        if ("dead" in name) == dead:
            found = platform.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            depths[name] = sum(int(found.get(each, 0)) for each in names)
    return depths
