"""EventBridge Scheduler: what happens after the last run can be changed, and a schedule needs a group that exists."""

from typing import Any

from moto.scheduler.responses import EventBridgeSchedulerResponse

from embedded.cloud.patches.graft import graft

_create_schedule = EventBridgeSchedulerResponse.create_schedule
_update_schedule = EventBridgeSchedulerResponse.update_schedule


class _Schedules:
    def create_schedule(self: Any) -> str:
        self.scheduler_backend.get_schedule_group(self._get_param("GroupName"))
        created: str = _create_schedule(self)
        return created

    def update_schedule(self: Any) -> str:
        answer: str = _update_schedule(self)
        name = self.uri.split("?")[0].split("/")[-1]
        schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), name)
        schedule.action_after_completion = self._get_param("ActionAfterCompletion") or "NONE"
        return answer


def install() -> None:
    """Patch the response class."""
    graft(EventBridgeSchedulerResponse, _Schedules)
