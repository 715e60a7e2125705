"""What a stack may choose: frozen, typed, checked whole before anything is deployed.

The only reader of `pulumi.Config`. Everything below takes these values, never the configuration.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from settings.checks import Section
from settings.delivery import Api, LoadBalancer, Portal, QuickSight
from settings.ground import (
    LOG_DAYS,
    Access,
    Account,
    Alerts,
    ExistingNetwork,
    Network,
    Perimeter,
    Protection,
    Retention,
    Tags,
)
from settings.processing import (
    EMR_RELEASES,
    GLUE_VERSION,
    REDSHIFT_NODES,
    SPARK_VERSION,
    Athena,
    Emr,
    Entitlement,
    Exchange,
    Functions,
    Glue,
    Initial,
    Kinesis,
    Orchestration,
    Redshift,
)

__all__ = [
    "EMR_RELEASES",
    "GLUE_VERSION",
    "LOG_DAYS",
    "REDSHIFT_NODES",
    "SPARK_VERSION",
    "Access",
    "Account",
    "Alerts",
    "Api",
    "Athena",
    "Emr",
    "Entitlement",
    "Exchange",
    "ExistingNetwork",
    "Functions",
    "Glue",
    "Initial",
    "Kinesis",
    "LoadBalancer",
    "Network",
    "Orchestration",
    "Perimeter",
    "Portal",
    "Protection",
    "QuickSight",
    "Redshift",
    "Retention",
    "Settings",
    "SettingsError",
    "Tags",
    "from_values",
    "load",
]


Refreshed = TypeVar("Refreshed", QuickSight, Portal)
"""What is brought up to date once a day, after the workflow."""


class SettingsError(Exception):
    """The stack's configuration can't be deployed; `faults` has one sentence for each thing wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("Invalid settings:\n" + "\n".join(f"  {fault}" for fault in self.faults))


class Settings(Section):
    """All that a stack chooses."""

    tags: Tags
    network: Network
    kinesis: Kinesis
    exchange: Exchange = Exchange()
    functions: Functions
    glue: Glue
    emr: Emr
    redshift: Redshift
    athena: Athena
    orchestration: Orchestration
    api: Api
    load_balancer: LoadBalancer
    quicksight: QuickSight = Field(default=QuickSight(), validate_default=True)
    portal: Portal = Field(default=Portal(), validate_default=True)
    initial: Initial
    retention: Retention
    protection: Protection
    perimeter: Perimeter = Perimeter()
    access: Access = Access()
    account: Account = Account()
    alerts: Alerts

    @field_validator("redshift")
    @classmethod
    def _spans_the_zones(cls, value: Redshift, info: ValidationInfo) -> Redshift:
        network = info.data.get("network")
        if value.multi_az and network is not None and network.availability_zones < 3:
            told = (
                "Multi-AZ is True; its subnet group must span 3 zones; set network.availability_zones to 3, or false."
            )
            raise PydanticCustomError("sentence", "{told}", {"told": told})
        return value

    @field_validator("load_balancer")
    @classmethod
    def _has_public_subnets(cls, value: LoadBalancer, info: ValidationInfo) -> LoadBalancer:
        network = info.data.get("network")
        existing = network.existing if network is not None else None
        if value.enabled and existing is not None and not existing.public_subnet_ids:
            told = (
                "enabled is True; it must be false, since the existing network has no public subnets, in which the "
                "load balancer is; name them in network.existing.public_subnet_ids, or give false."
            )
            raise PydanticCustomError("sentence", "{told}", {"told": told})
        return value

    @field_validator("quicksight", "portal")
    @classmethod
    def _refreshes_what_is_finished(cls, value: Refreshed, info: ValidationInfo) -> Refreshed:
        orchestration = info.data.get("orchestration")
        starts = orchestration.starts if orchestration is not None else None
        if value.enabled and starts is not None and (_minute(value.refresh_at) - _minute(starts)) % 1440 < 60:
            told = (
                f"refresh_at is {value.refresh_at}; it must not be within an hour from {starts}, since the workflow "
                "then changes what is imported; give a later time."
            )
            raise PydanticCustomError("sentence", "{told}", {"told": told})
        return value


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)


def load(config: pulumi.Config) -> Settings:
    """The settings of the stack whose configuration `config` is. Raises SettingsError with every fault in it."""
    return from_values({name: _value(config.get(name)) for name in _names(config.name)}, config.name)


def from_values(values: Mapping[str, Any], namespace: str) -> Settings:
    """The settings with these sections. Raises SettingsError with every fault, by its path under `namespace`."""
    try:
        return Settings.model_validate_json(json.dumps(values))
    except ValidationError as error:
        raise SettingsError([_sentence(fault, namespace) for fault in error.errors()]) from None


def _names(namespace: str) -> list[str]:
    """What is configured under `namespace`, known to us or not: the SDK's Config can only ask for known names."""
    given = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    return sorted(key.removeprefix(f"{namespace}:") for key in given if key.startswith(f"{namespace}:"))


def _value(text: str | None) -> Any:
    try:
        return json.loads(text or "null")
    except json.JSONDecodeError:
        return text


def _sentence(fault: ErrorDetails, namespace: str) -> str:
    """One fault as path, value, limit, reason and remedy."""
    path = f"{namespace}:" + ".".join(map(str, fault["loc"]))
    match fault["type"]:
        case "missing":
            return f"{path} is missing; it has no default, since it decides what a stack costs; add it."
        case "extra_forbidden":
            # Its value is not shown: under a mistyped name there may be a secret.
            return f"{path} is not a setting; there is {_known(fault['loc'][:-1])}; mend the name or remove it."
        case "sentence":
            return f"{path}: {fault['msg']}"
        case "setting":
            return f"{path} is {_shown(fault['input'])}; {fault['msg']}"
        case _:
            return f"{path} is {_shown(fault['input'])}; {_lower(fault['msg'])}; give a value of that kind."


def _known(loc: Sequence[int | str]) -> str:
    """The names that the section at `loc` knows."""
    section: type[BaseModel] = Settings
    for name in loc:
        found = section.model_fields[str(name)].annotation if isinstance(name, str) else section
        section = next(each for each in (found, *get_args(found)) if isinstance(each, type))
    return ", ".join(section.model_fields)


def _shown(value: Any) -> str:
    return "absent" if value is None else json.dumps(value) if not isinstance(value, str) else repr(value)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
