"""Glue: the updates, DeleteConnection, and the fields of jobs, crawlers and connections that moto drops."""

import json
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import FakeConnection, FakeCrawler, FakeJob
from moto.glue.responses import GlueResponse
from moto.glue.utils import Action, Predicate

from embedded.cloud.patches.graft import graft, keep
from embedded.cloud.patches.tags import forget

# UpdateJob replaces the whole definition: what it does not name goes back to its default.
JOB_FIELDS: dict[str, tuple[str, Any]] = {
    "Description": ("description", None),
    "LogUri": ("log_uri", None),
    "Role": ("role", None),
    "ExecutionProperty": ("execution_property", {}),
    "Command": ("command", None),
    "DefaultArguments": ("default_arguments", {}),
    "NonOverridableArguments": ("non_overridable_arguments", None),
    "Connections": ("connections", None),
    "MaxRetries": ("max_retries", 0),
    "AllocatedCapacity": ("allocated_capacity", None),
    "Timeout": ("timeout", None),
    "MaxCapacity": ("max_capacity", None),
    "SecurityConfiguration": ("security_configuration", None),
    "NotificationProperty": ("notification_property", None),
    "GlueVersion": ("glue_version", None),
    "NumberOfWorkers": ("number_of_workers", None),
    "WorkerType": ("worker_type", None),
    "CodeGenConfigurationNodes": ("code_gen_configuration_nodes", None),
    "ExecutionClass": ("execution_class", "STANDARD"),
    "SourceControlDetails": ("source_control_details", None),
}
CRAWLER_FIELDS = {
    "Role": "role",
    "DatabaseName": "database_name",
    "Description": "description",
    "Targets": "targets",
    "Schedule": "schedule",
    "Classifiers": "classifiers",
    "TablePrefix": "table_prefix",
    "SchemaChangePolicy": "schema_change_policy",
    "RecrawlPolicy": "recrawl_policy",
    "LineageConfiguration": "lineage_configuration",
    "Configuration": "configuration",
    "CrawlerSecurityConfiguration": "crawler_security_configuration",
}

_keep_of_job = keep(FakeJob, "as_dict", ("JobRunQueuingEnabled", "MaintenanceWindow", "JobMode"))
_keep_of_crawler = keep(FakeCrawler, "as_dict", ("LakeFormationConfiguration",))
_keep_of_connection = keep(FakeConnection, "as_dict", ("ConnectionType", "MatchCriteria"))
_create_job = GlueResponse.create_job
_create_crawler = GlueResponse.create_crawler
_create_connection = GlueResponse.create_connection


class _Actions:
    def create_job(self: Any) -> Any:
        answer = _create_job(self)
        _keep_of_job(self.glue_backend.jobs[self.parameters["Name"]], self.parameters)
        return answer

    def update_job(self: Any) -> ActionResult:
        name, update = self.parameters["JobName"], self.parameters["JobUpdate"]
        job = self.glue_backend.get_job(name)
        for field, (attribute, default) in JOB_FIELDS.items():
            setattr(job, attribute, update.get(field, default))
        _keep_of_job(job, update)
        job.last_modified_on = utcnow()
        return ActionResult({"JobName": name})

    def create_crawler(self: Any) -> Any:
        answer = _create_crawler(self)
        _keep_of_crawler(self.glue_backend.crawlers[self.parameters["Name"]], self.parameters)
        return answer

    def update_crawler(self: Any) -> ActionResult:
        crawler = self.glue_backend.get_crawler(self.parameters["Name"])
        for field, attribute in CRAWLER_FIELDS.items():
            if field in self.parameters:
                setattr(crawler, attribute, self.parameters[field])
        if "LakeFormationConfiguration" in self.parameters:
            _keep_of_crawler(crawler, self.parameters)
        crawler.last_updated = utcnow()
        crawler.version += 1
        return EmptyResult()

    def create_connection(self: Any) -> Any:
        answer = _create_connection(self)
        given = self.parameters["ConnectionInput"]
        _keep_of_connection(self.glue_backend.connections[given["Name"]], given)
        return answer

    def update_connection(self: Any) -> ActionResult:
        name, given = self.parameters["Name"], self.parameters["ConnectionInput"]
        connections = self.glue_backend.connections
        if name not in connections:
            raise EntityNotFoundException(f"Connection {name} not found")
        old = connections[name]
        new = FakeConnection(self.glue_backend, old.catalog_id, given, self.glue_backend.get_tags(old.arn))
        new.created_time = old.created_time
        _keep_of_connection(new, given)
        connections[name] = new
        return EmptyResult()

    def delete_connection(self: Any) -> ActionResult:
        name = self.parameters["ConnectionName"]
        if self.glue_backend.connections.pop(name, None) is None:
            raise EntityNotFoundException(f"Connection {name} not found")
        forget(self.glue_backend, "connection", name)
        return EmptyResult()

    def update_trigger(self: Any) -> ActionResult:
        trigger = self.glue_backend.get_trigger(self.parameters["Name"])
        update = self.parameters["TriggerUpdate"]
        # A TriggerUpdate overwrites the definition completely: API_TriggerUpdate.
        trigger.description, trigger.schedule = update.get("Description"), update.get("Schedule")
        trigger.event_batching_condition = update.get("EventBatchingCondition")
        if "Actions" in update:
            trigger.actions = [Action(action) for action in update["Actions"]]
        if "Predicate" in update:
            trigger.predicate = Predicate(update["Predicate"])
        return ActionResult({"Trigger": json.loads(json.dumps(trigger.as_dict(), default=str))})


def install() -> None:
    """Patch GlueResponse."""
    graft(GlueResponse, _Actions)
