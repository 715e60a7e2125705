"""IAM: service-linked roles under the names that AWS's services give them."""

from typing import Any

from moto.iam.exceptions import InvalidInput
from moto.iam.models import IAMBackend

from embedded.cloud.patches.graft import graft

_create_service_linked_role = IAMBackend.create_service_linked_role
# From each service's own page on its service-linked role; moto makes a name of the service's.
_NAMES = {
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "elasticmapreduce.amazonaws.com": "AWSServiceRoleForEMRCleanup",
    "lakeformation.amazonaws.com": "AWSServiceRoleForLakeFormationDataAccess",
    "ops.apigateway.amazonaws.com": "AWSServiceRoleForAPIGateway",
    "redshift.amazonaws.com": "AWSServiceRoleForRedshift",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
}


class _Iam:
    def create_service_linked_role(self: Any, service_name: str, description: str, suffix: str) -> Any:
        name = _NAMES.get(service_name)
        if name is None:
            return _create_service_linked_role(self, service_name, description, suffix)
        if suffix:
            raise InvalidInput(f"Custom suffix is not allowed for {service_name}")
        if any(role.name == name for role in self.get_roles()):
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        made = _create_service_linked_role(self, service_name, description, suffix)
        made.name = name
        return made


def install() -> None:
    """Patch the backend."""
    graft(IAMBackend, _Iam)
