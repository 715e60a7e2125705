"""Elastic Load Balancing: refusals of AWS's that moto lacks, and changes to a target group that it drops."""

import fnmatch
import json
from typing import Any

from moto.acm.models import acm_backends
from moto.awslambda.models import lambda_backends
from moto.core.responses import ActionResult
from moto.elbv2.exceptions import (
    DuplicateListenerError,
    DuplicateLoadBalancerName,
    ELBClientError,
)
from moto.elbv2.models import ELBv2Backend
from moto.elbv2.responses import ELBV2Response
from moto.s3.models import s3_backends

from embedded.cloud.patches.graft import graft
from embedded.cloud.permissions import permits

SERVICE = "elasticloadbalancing.amazonaws.com"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
LOG_WRITERS = ("logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com")

_create = ELBv2Backend.create_load_balancer
_delete = ELBv2Backend.delete_load_balancer
_create_listener = ELBv2Backend.create_listener
_modify_attributes = ELBv2Backend.modify_load_balancer_attributes
_register = ELBv2Backend.register_targets
_modify_group = ELBV2Response.modify_target_group


class _Backend:
    def create_load_balancer(self: Any, name: str, *arguments: Any, **options: Any) -> Any:
        if name in [each.name for each in self.load_balancers.values()]:
            raise DuplicateLoadBalancerName
        made = _create(self, name, *arguments, **options)
        if len({each.zone_name for each in made.availability_zones}) < 2 and made.type == "application":
            del self.load_balancers[made.arn]
            raise ELBClientError(
                "ValidationError", "At least two subnets in two different Availability Zones must be specified"
            )
        if made.scheme == "internal":
            made.dns_name = f"internal-{made.dns_name}"
        return made

    def delete_load_balancer(self: Any, arn: str) -> None:
        held = self.load_balancers.get(arn)
        if held is not None and held.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        _delete(self, arn)

    def create_listener(self: Any, load_balancer_arn: str, protocol: str, port: Any, *rest: Any, **options: Any) -> Any:
        held = self.load_balancers.get(load_balancer_arn)
        if held is not None and str(port) in [str(each.port) for each in held.listeners.values()]:
            raise DuplicateListenerError
        _issued(self, rest, options)
        made = _create_listener(self, load_balancer_arn, protocol, port, *rest, **options)
        if made.protocol == "HTTP":
            made.ssl_policy = None
        return made

    def modify_load_balancer_attributes(self: Any, arn: str, attrs: dict[str, Any]) -> Any:
        for kind in ("access_logs.s3", "connection_logs.s3"):
            if attrs.get(f"{kind}.enabled") == "true":
                _admitted(self, attrs.get(f"{kind}.bucket", ""))
        return _modify_attributes(self, arn, attrs)

    def register_targets(self: Any, target_group_arn: str, instances: list[Any]) -> None:
        group = self.target_groups.get(target_group_arn)
        if group is not None and group.target_type == "lambda":
            for each in instances:
                _permitted(self, each["Id"], target_group_arn)
        _register(self, target_group_arn, instances)


def _issued(backend: Any, rest: tuple[Any, ...], options: dict[str, Any]) -> None:
    """A certificate that still waits for its validation can't be shown."""
    arn = options.get("certificate") or (rest[1] if len(rest) > 1 else None)
    held = acm_backends[backend.account_id][backend.region_name]._certificates.get(arn)
    if held is None:
        return
    held.check()
    if held.status != "ISSUED":
        told = "must have a fully-qualified domain name, a supported signature, and a supported key size"
        raise ELBClientError("UnsupportedCertificate", f"The certificate '{arn}' {told}. It is {held.status}.")


def _permitted(backend: Any, function_arn: str, group_arn: str) -> None:
    lambdas = lambda_backends[backend.account_id][backend.region_name]
    function = lambdas.get_function_by_arn(function_arn)
    if function is None or not permits(function, SERVICE, group_arn):
        told = f"elasticloadbalancing principal does not have permission to invoke {function_arn} from target group"
        raise ELBClientError("AccessDenied", f"{told} {group_arn}")


def _admitted(backend: Any, name: str) -> None:
    """AWS tries to write to the bucket before it turns logging on."""
    bucket = s3_backends[backend.account_id]["aws"].buckets.get(name)
    policy = json.loads(bucket.policy) if bucket is not None and bucket.policy else {"Statement": []}
    if not any(_admits(statement, name) for statement in policy["Statement"]):
        raise ELBClientError(
            "InvalidConfigurationRequest", f"Access Denied for bucket: {name}. Please check S3bucket permission"
        )


def _admits(statement: dict[str, Any], bucket: str) -> bool:
    principal = statement.get("Principal")
    named = json.dumps(principal)
    # In regions older than August 2022 the writer may be an account of AWS's instead.
    writer = any(each in named for each in LOG_WRITERS) or (isinstance(principal, dict) and "AWS" in principal)
    actions, resources = (
        [value] if isinstance(value, str) else value or []
        for value in (statement.get("Action"), statement.get("Resource"))
    )
    puts = any(fnmatch.fnmatchcase("s3:putobject", action.lower()) for action in actions)
    concerns = any(str(each).startswith((f"arn:aws:s3:::{bucket}/", "*")) for each in resources)
    return statement.get("Effect") == "Allow" and writer and puts and concerns


class _Response:
    def modify_target_group(self: Any) -> ActionResult:
        answer = _modify_group(self)
        group = self.elbv2_backend.target_groups[self._get_param("TargetGroupArn")]
        matcher = self._get_param("Matcher")
        if matcher:
            group.matcher = dict(matcher)
        return answer


def install() -> None:
    """Patch the backend and the response class."""
    graft(ELBv2Backend, _Backend)
    graft(ELBV2Response, _Response)
