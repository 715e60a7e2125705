"""Waits until everything that was sent is through landing, and runs the jobs."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from verify.plan import Plan
from verify.platform import Platform, PlatformError, Progress, Stored
from verify.send import key_of

DRAIN_SECONDS = 1_200
JOB_SECONDS = 3_600
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


def run_jobs(platform: Platform, seconds: float = JOB_SECONDS) -> dict[str, float]:
    """Run the jobs in order, each to its end. Returns the seconds each took; PlatformError says why one failed."""
    took = {}
    for job in platform.outputs.jobs:
        began = time.monotonic()
        platform.say(f"job {job}")
        _run(platform, job, began + seconds)
        took[job] = time.monotonic() - began
        platform.say(f"     done after {took[job]:.0f} s")
    return took


def _run(platform: Platform, job: str, deadline: float) -> None:
    progress = Progress(platform.say, job, 0)
    run = _start(platform, job, deadline, progress)
    while True:
        state = platform.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
        if state["JobRunState"] == "SUCCEEDED":
            return
        if state["JobRunState"] in ("FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"):
            raise PlatformError(f"Job {job} {state['JobRunState']}: {state.get('ErrorMessage', 'no message')}")
        if time.monotonic() > deadline:
            raise PlatformError(f"Job {job} is still {state['JobRunState']} at the deadline; run {run} goes on.")
        progress.at(0, f" {state['JobRunState'].lower()}")
        time.sleep(PAUSE)


def _start(platform: Platform, job: str, deadline: float, progress: Progress) -> str:
    """Start a job, waiting for a run of it that is under way."""
    while True:
        try:
            return str(platform.glue.start_job_run(JobName=job)["JobRunId"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConcurrentRunsExceededException" or time.monotonic() > deadline:
                raise PlatformError(f"Job {job} does not start: {error}") from error
        progress.at(0, " waits for another run")
        time.sleep(5 * PAUSE)


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
