"""Dashboards: what people see of the marts, as it is written down in `workloads/dashboards`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import yaml

from components.names import Names
from components.platform import Platform
from components.quicksight import QuickSight
from components.quicksight_access import OWN_ANALYSIS, OWN_DASHBOARD, VIEW_DASHBOARD, actions
from contracts import Contract, Contracts

FOLDER = Path("workloads/dashboards")


class DashboardError(Exception):
    """A dashboard shows what no contract describes, or what not everybody may see; `faults` has each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  ".join(("The dashboards can't be deployed:", *faults)))


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A dashboard as it is written: its file's name, its title, and QuickSight's definition without data sets."""

    key: str
    title: str
    definition: Mapping[str, Any]

    @property
    def shown(self) -> list[str]:
        """The marts whose data sets it shows."""
        return sorted({str(each["DataSetIdentifier"]) for each in _columns(self.definition)})


@dataclass(frozen=True, kw_only=True)
class DashboardsArgs:
    """`quicksight` has the data sets and groups."""

    platform: Platform
    quicksight: QuickSight


class Dashboards(pulumi.ComponentResource):
    """An analysis for stewards and a dashboard for analysts from each drawing. `urls` are the dashboards', by key."""

    urls: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("medallion:quicksight:Dashboards", name, {}, opts)
        on, shown = args.platform, args.quicksight
        self.urls = {each.key: self._publish(name, each, on, shown) for each in drawings(on.contracts)}
        self.register_outputs({"urls": dict(self.urls)})

    def _publish(self, name: str, drawing: Drawing, on: Platform, shown: QuickSight) -> pulumi.Output[str]:
        stack = aws.cloudformation.Stack(
            f"{name}-{drawing.key}",
            name=on.names.resource(f"dashboard-{drawing.key}"),
            # Without indents: a template has 51,200 bytes at most.
            template_body=json.dumps(template(drawing, on.names), separators=(",", ":")),
            parameters={
                "Analysts": shown.groups["analysts"],
                "Stewards": shown.groups["stewards"],
                **{parameter(mart): shown.data_sets[mart] for mart in drawing.shown},
            },
            # What failed leaves nothing in the way of the next attempt.
            on_failure="DELETE",
            timeout_in_minutes=15,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return stack.id.apply(lambda _: url(drawing, on.names))


def drawings(contracts: Contracts, folder: Path = FOLDER) -> list[Drawing]:
    """The dashboards of a folder, one a file. Raises DashboardError with all faults of all files."""
    marts = {each.name: each for each in contracts.products if each.layer == "refined"}
    found = []
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.append(Drawing(key=path.stem, title=content["name"], definition=content["definition"]))
    faults = [f"{folder / each.key}.yaml: {fault}" for each in found for fault in wrong(each, marts)]
    if faults:
        raise DashboardError(faults)
    return found


def wrong(drawing: Drawing, marts: Mapping[str, Contract]) -> list[str]:
    """What a drawing shows that no mart's contract describes, or that not every analyst may see."""
    computed = {(each["DataSetIdentifier"], each["Name"]) for each in drawing.definition.get("CalculatedFields", [])}
    used = {(str(each["DataSetIdentifier"]), str(each["ColumnName"])) for each in _columns(drawing.definition)}
    for each in drawing.definition.get("CalculatedFields", []):
        used |= {(each["DataSetIdentifier"], column) for column in re.findall(r"\{([^}]+)\}", each["Expression"])}
    faults = []
    for mart, column in sorted(used - computed):
        if mart not in marts:
            faults.append(f"shows {mart!r}, which is no mart; give one of {', '.join(sorted(marts))}.")
        elif column not in (fields := {field.name: field for field in marts[mart].fields}):
            faults.append(f"shows {column!r} of {mart}, which its contract lacks; add it there, or mend the name.")
        elif not fields[column].is_open:
            faults.append(
                f"shows {column!r} of {mart}, which is guarded: analysts would see a broken visual; leave it out."
            )
    return faults


def _columns(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every ColumnIdentifier of a definition."""
    if isinstance(node, Mapping):
        if {"DataSetIdentifier", "ColumnName"} <= node.keys():
            yield node
        for inner in node.values():
            yield from _columns(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _columns(inner)


def parameter(mart: str) -> str:
    """The template's parameter with the ARN of a mart's data set: CloudFormation takes letters and digits only."""
    return "".join(part.capitalize() for part in mart.split("_"))


def dashboard_id(drawing: Drawing, names: Names) -> str:
    """Id of an analysis and of its dashboard."""
    return names.resource(drawing.key)


def url(drawing: Drawing, names: Names) -> str:
    """Where people open a dashboard."""
    return f"https://{names.region}.quicksight.aws.amazon.com/sn/dashboards/{dashboard_id(drawing, names)}"


def template(drawing: Drawing, names: Names) -> dict[str, Any]:
    """The CloudFormation template of an analysis and the dashboard published of it."""
    declared = [{"Identifier": mart, "DataSetArn": {"Ref": parameter(mart)}} for mart in drawing.shown]
    shared = {
        "AwsAccountId": {"Ref": "AWS::AccountId"},
        "Name": f"{drawing.title} ({names.stack})",
        "Definition": {**drawing.definition, "DataSetIdentifierDeclarations": declared},
        "ValidationStrategy": {"Mode": "STRICT"},
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": drawing.title,
        "Parameters": {each: {"Type": "String"} for each in ("Analysts", "Stewards", *map(parameter, drawing.shown))},
        "Resources": {
            "Analysis": {
                "Type": "AWS::QuickSight::Analysis",
                "Properties": {
                    **shared,
                    "AnalysisId": dashboard_id(drawing, names),
                    "Permissions": [_may("Stewards", OWN_ANALYSIS)],
                },
            },
            "Dashboard": {
                "Type": "AWS::QuickSight::Dashboard",
                "Properties": {
                    **shared,
                    "DashboardId": dashboard_id(drawing, names),
                    "Permissions": [_may("Stewards", OWN_DASHBOARD), _may("Analysts", VIEW_DASHBOARD)],
                    # What is shown is not carried off.
                    "DashboardPublishOptions": {"ExportToCSVOption": {"AvailabilityStatus": "DISABLED"}},
                },
            },
        },
    }


def _may(group: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {"Principal": {"Ref": group}, "Actions": actions(names)}
