"""EC2: the fields of an interface endpoint that moto drops."""

from typing import Any

from moto.ec2.responses import EC2Response

from embedded.cloud.patches.graft import graft

_create = EC2Response.create_vpc_endpoint
_modify = EC2Response.modify_vpc_endpoint


class _Endpoints:
    def create_vpc_endpoint(self: Any) -> Any:
        answer = _create(self)
        _keep(self, answer.result["VpcEndpoint"])
        return answer

    def modify_vpc_endpoint(self: Any) -> Any:
        answer = _modify(self)
        endpoint = self.ec2_backend.vpc_end_points[self._get_param("VpcEndpointId")]
        _keep(self, endpoint)
        private_dns = self._get_bool_param("PrivateDnsEnabled")
        if private_dns is not None:
            endpoint.private_dns_enabled = private_dns
        if self._get_bool_param("ResetPolicy"):
            endpoint.policy_document = None
        return answer


def _keep(response: Any, endpoint: Any) -> None:
    for field, attribute in (("DnsOptions", "dns_options"), ("IpAddressType", "ip_address_type")):
        value = response._get_param(field)
        if value is not None:
            setattr(endpoint, attribute, value)


def install() -> None:
    """Patch EC2Response."""
    graft(EC2Response, _Endpoints)
