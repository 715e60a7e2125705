"""WAF: updates that replace the whole, one web ACL for a resource, and none deleted that still stands before one."""

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.wafv2.models import WAFV2Backend

from embedded.cloud.patches.graft import graft

_associate = WAFV2Backend.associate_web_acl
_update = WAFV2Backend.update_web_acl
_delete = WAFV2Backend.delete_web_acl
_OPTIONAL = ("custom_response_bodies", "captcha_config", "challenge_config", "token_domains", "association_config")
_REST = ("description", "visibility_config", "lock_token", *_OPTIONAL)


class _Backend:
    def associate_web_acl(self: Any, web_acl_arn: str, resource_arn: str) -> None:
        self.get_web_acl(web_acl_arn, None, None)
        self.disassociate_web_acl(resource_arn)
        _associate(self, web_acl_arn, resource_arn)

    def update_web_acl(self: Any, name: str, _id: str, default_action: Any, rules: Any, *rest: Any) -> str:
        """A request replaces the whole; moto keeps what it does not say."""
        token: str = _update(self, name, _id, default_action, rules, *rest)
        held = self.get_web_acl(None, name, _id)
        if not rules:
            held.rules = []
        for field, value in zip(_REST, rest, strict=True):
            if field in _OPTIONAL and value is None:
                setattr(held, field, None)
        return token

    def delete_web_acl(self: Any, name: str, scope: str, _id: str, lock_token: str) -> None:
        if self.get_web_acl(None, name, _id).associated_resources:
            told = "AWS WAF couldn't perform the operation because your resource is being used by another resource."
            raise JsonRESTError("WAFAssociatedItemException", told)
        _delete(self, name, scope, _id, lock_token)


def install() -> None:
    """Patch the backend."""
    graft(WAFV2Backend, _Backend)
