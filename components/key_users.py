"""Which of the platform's roles use which keys.

A role uses a key only if its own policy and the key's both let it. Here is what the keys' policies say; tests hold it
against what the roles' policies say, for the whole program.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from components.names import Names

KeyName: TypeAlias = Literal[
    "landing", "initial", "intermediate", "integrated", "refined", "end-use", "code", "logs", "portal"
]
Use: TypeAlias = Literal["reads", "writes", "grants"]
Feature: TypeAlias = Literal["catalog_encryption", "connector", "dashboards", "portal"]
"""What brings roles of its own and can be switched off."""


@dataclass(frozen=True, kw_only=True)
class User:
    """A role, by what `Names.resource` makes its name of, and its keys.

    It `reads` what some encrypt; `writes`, and reads, with others; and `grants` AWS services the use of some.
    `only_with`: the feature without which there is no such role, or no such use.
    """

    role: str
    reads: tuple[KeyName, ...] = ()
    writes: tuple[KeyName, ...] = ()
    grants: tuple[KeyName, ...] = ()
    only_with: Feature | None = None


USERS = (
    # Results of their own queries. Tables are read as the lake's role, whoever asks.
    User(role="analyst", writes=("integrated",)),
    User(role="engineer", writes=("integrated",)),
    User(role="steward", writes=("integrated",)),
    User(role="lake-access", reads=("landing",), writes=("initial", "intermediate", "integrated", "refined")),
    User(role="catalog-encryption", writes=("initial",), only_with="catalog_encryption"),
    User(role="landing-files", writes=("landing", "initial")),
    User(role="landing-stream", writes=("landing", "initial")),
    User(role="landing-intake", reads=("code",), writes=("landing", "initial")),
    User(role="workflow-schedule", writes=("landing",)),
    User(role="intermediate-conform", reads=("code", "landing", "initial"), writes=("intermediate",)),
    User(role="data-quality", reads=("intermediate", "integrated", "refined")),
    User(role="quality-intermediate", reads=("code",), writes=("intermediate",)),
    User(role="quality-integrated", reads=("code",), writes=("intermediate",)),
    User(role="quality-refined", reads=("code",), writes=("intermediate",)),
    # EC2 is granted the key of the nodes' disks by whoever starts the nodes, which is EMR as this role:
    # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-enable.html#emr-awskms-keys
    User(role="cluster-service", writes=("intermediate",), grants=("intermediate",)),
    User(role="cluster-nodes", reads=("code",), writes=("intermediate", "integrated")),
    User(role="cluster-step", reads=("code",), writes=("integrated",)),
    User(role="integrated-join", reads=("code", "intermediate"), writes=("integrated",)),
    User(role="quarantine-crawler", reads=("code",)),
    User(role="spectrum", reads=("intermediate", "integrated")),
    User(role="connector", reads=("intermediate",), writes=("integrated",), only_with="connector"),
    User(role="refined-marts", reads=("code", "intermediate", "integrated"), writes=("refined",)),
    User(role="lake-maintenance", reads=("code",), writes=("intermediate", "integrated", "refined")),
    User(role="star-load", reads=("code",), writes=("intermediate",)),
    User(role="warehouse-statements", reads=("code", "intermediate"), writes=("refined",)),
    User(role="dashboards-lake", writes=("integrated",), only_with="dashboards"),
    User(role="end-use-api", reads=("end-use",), writes=("integrated",)),
    User(role="portal", writes=("portal",), only_with="portal"),
    # By the policy that AWS manages for it, for keys with the tag of DataZone's environments.
    User(role="portal-provisioning", writes=("portal",), only_with="portal"),
    User(role="analyst", writes=("portal",), only_with="portal"),
    User(role="engineer", writes=("portal",), only_with="portal"),
    User(role="steward", writes=("portal",), only_with="portal"),
)


def users(key: KeyName, use: Use, names: Names, has: Mapping[Feature, bool]) -> list[str]:
    """ARNs of the roles that use a key so. `has`: whether the platform has a feature; it has those not in it."""
    return [
        names.role_arn(user.role)
        for user in USERS
        if key in getattr(user, use) and (user.only_with is None or has.get(user.only_with, True))
    ]
