"""Glue: data quality rulesets, and what Glue refuses of triggers."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.glue.exceptions import AlreadyExistsException, EntityNotFoundException, InvalidInputException
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse

from embedded.cloud.patches.graft import graft

_create_trigger = GlueResponse.create_trigger
_create_workflow = GlueResponse.create_workflow
_start_trigger = GlueResponse.start_trigger
_stop_trigger = GlueResponse.stop_trigger


def rulesets(backend: GlueBackend) -> dict[str, dict[str, Any]]:
    """The rulesets of an account in a region; a reset of moto forgets them with the backend's attributes."""
    held: dict[str, dict[str, Any]] = backend.__dict__.setdefault("embedded_rulesets", {})
    return held


def _ruleset(response: Any) -> dict[str, Any]:
    name = response.parameters["Name"]
    if name not in rulesets(response.glue_backend):
        raise EntityNotFoundException(f"Data quality ruleset {name} not found")
    return rulesets(response.glue_backend)[name]


def _ruleset_arn(response: Any) -> str:
    return f"arn:aws:glue:{response.region}:{response.current_account}:dataQualityRuleset/{response.parameters['Name']}"


class _Rulesets:
    def create_data_quality_ruleset(self: Any) -> ActionResult:
        given = dict(self.parameters)
        if given["Name"] in rulesets(self.glue_backend):
            raise AlreadyExistsException("DataQualityRuleset")
        tags = given.pop("Tags", None)
        given.pop("ClientToken", None)
        rulesets(self.glue_backend)[given["Name"]] = {**given, "CreatedOn": utcnow(), "LastModifiedOn": utcnow()}
        self.glue_backend.tag_resource(_ruleset_arn(self), tags or {})
        return ActionResult({"Name": given["Name"]})

    def get_data_quality_ruleset(self: Any) -> ActionResult:
        return ActionResult(dict(_ruleset(self)))

    def update_data_quality_ruleset(self: Any) -> ActionResult:
        held = _ruleset(self)
        held |= {name: self.parameters[name] for name in ("Description", "Ruleset") if name in self.parameters}
        held["LastModifiedOn"] = utcnow()
        return ActionResult({name: held[name] for name in ("Name", "Description", "Ruleset") if name in held})

    def delete_data_quality_ruleset(self: Any) -> ActionResult:
        _ruleset(self)
        del rulesets(self.glue_backend)[self.parameters["Name"]]
        self.glue_backend.tagger.delete_all_tags_for_resource(_ruleset_arn(self))
        return EmptyResult()

    def list_data_quality_rulesets(self: Any) -> ActionResult:
        shown = ("Name", "Description", "CreatedOn", "LastModifiedOn", "TargetTable")
        held = [{k: v for k, v in each.items() if k in shown} for each in rulesets(self.glue_backend).values()]
        return ActionResult({"Rulesets": held})


class _Triggers:
    def create_workflow(self: Any) -> Any:
        if self.parameters["Name"] in self.glue_backend.workflows:
            raise AlreadyExistsException("Workflow")
        return _create_workflow(self)

    def create_trigger(self: Any) -> Any:
        name, workflow = self.parameters["Name"], self.parameters.get("WorkflowName")
        triggers = self.glue_backend.triggers
        if name in triggers:
            raise AlreadyExistsException("Trigger")
        if workflow and workflow not in self.glue_backend.workflows:
            raise EntityNotFoundException(f"Workflow {workflow} not found")
        # docs.aws.amazon.com/glue/latest/dg/blueprint_workflow_restrictions.html: only one starting trigger.
        starting = [
            t.name for t in triggers.values() if t.workflow_name == workflow and t.trigger_type != "CONDITIONAL"
        ]
        if workflow and starting and self.parameters["Type"] != "CONDITIONAL":
            told = f"Workflow {workflow} already has a starting trigger, {starting[0]}"
            raise InvalidInputException("CreateTrigger", told)
        return _create_trigger(self)

    def start_trigger(self: Any) -> Any:
        """One on demand waits again as soon as it has fired; one of an event is fired by EventBridge alone."""
        trigger = self.glue_backend.get_trigger(self.parameters["Name"])
        # https://github.com/hashicorp/terraform-provider-aws/pull/49408
        if trigger.trigger_type == "EVENT":
            raise InvalidInputException("StartTrigger", "Trigger Type EVENT cannot be started")
        answer = _start_trigger(self)
        if trigger.trigger_type == "ON_DEMAND":
            trigger.state = "CREATED"
        return answer

    def stop_trigger(self: Any) -> Any:
        if self.glue_backend.get_trigger(self.parameters["Name"]).state == "CREATED":
            told = "The operation is not allowed when trigger is in state: CREATED"
            raise InvalidInputException("StopTrigger", told)
        return _stop_trigger(self)


def install() -> None:
    """Patch GlueResponse."""
    graft(GlueResponse, _Rulesets)
    graft(GlueResponse, _Triggers)
