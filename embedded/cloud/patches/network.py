"""EC2: the fields of an interface endpoint and of a security group's rule that moto drops."""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule
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


_make_rule = SecurityGroupRule.__init__


def _make_described_rule(
    self: Any,
    backend: Any,
    protocol: str,
    group: str,
    from_port: Any,
    to_port: Any,
    ip_range: dict[str, str] | None,
    source_group: dict[str, str] | None = None,
    prefix_list: dict[str, str] | None = None,
    **more: Any,
) -> None:
    _make_rule(self, backend, protocol, group, from_port, to_port, ip_range, source_group, prefix_list, **more)
    self.embedded_description = (source_group or prefix_list or {}).get("Description")


def _description(self: Any) -> str | None:
    """moto looks at a rule's range alone; a rule may name a group or a prefix list instead."""
    said: str | None = self.ip_range.get("Description")
    return self.embedded_description if said is None else said


def install() -> None:
    """Patch EC2Response and SecurityGroupRule."""
    graft(EC2Response, _Endpoints)
    SecurityGroupRule.__init__ = _make_described_rule
    SecurityGroupRule.description = property(_description)
