"""What every layer stands on, made once and handed on whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.code import Code
from components.job import Runtime
from components.keys import KeyName
from components.lake import Lake
from components.names import Names
from components.network import Network
from components.perimeter import Perimeter
from contracts import Contracts
from settings import Retention


@dataclass(frozen=True, kw_only=True)
class Platform:
    """`access_logs` names the bucket for S3's access logs; `topics` are ARNs of where alarms go.

    `ways_out` must be there before what works from a subnet as soon as it is made, such as nodes that fetch software.
    `keep`: whether what holds data refuses to be destroyed. `to_come` are columns, by contract, that this deployment
    describes and the next run of the jobs adds: Lake Formation, which refuses to be told of columns that are not there,
    is told by the deployment after that. Until then they are as hidden as the most sensitive column of their table.
    """

    names: Names
    contracts: Contracts
    keys: Mapping[KeyName, pulumi.Output[str]]
    access_logs: pulumi.Input[str]
    perimeter: Perimeter
    network: Network
    ways_out: Sequence[pulumi.Resource]
    code: Code
    lake: Lake
    runtime: Runtime
    retention: Retention
    topics: Sequence[pulumi.Input[str]]
    keep: bool
    to_come: Mapping[str, frozenset[str]] = field(default_factory=dict)
