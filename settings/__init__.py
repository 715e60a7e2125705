"""What a stack may choose: frozen, typed, checked whole before anything is deployed.

The only reader of `pulumi.Config`. Everything below takes these values, never the configuration.
"""

import json
from collections.abc import Sequence
from typing import Any, get_args

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, ValidationError, ValidationInfo, field_validator
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
    "load",
]


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
    quicksight: QuickSight = QuickSight()
    portal: Portal = Portal()
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


def load(config: pulumi.Config) -> Settings:
    """The settings of the stack whose configuration `config` is. Raises SettingsError with every fault in it."""
    raw = {name: _value(config.get(name)) for name in _names(config.name)}
    try:
        return Settings.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise SettingsError([_sentence(fault, config.name) for fault in error.errors()]) from None


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
