"""Cognito: updates as AWS makes them, user pools that can't be deleted yet, and what a domain shows."""

from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPoolClient, CognitoIdpUserPoolDomain

from embedded.cloud.patches.graft import graft
from embedded.cloud.surroundings import ACCOUNT

_update_pool = CognitoIdpBackend.update_user_pool
_delete_pool = CognitoIdpBackend.delete_user_pool
_show_domain = CognitoIdpUserPoolDomain.to_json
# What a pool is born with: an update neither says nor changes it.
_BORN = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")


class _Backend:
    def update_user_pool(self: Any, user_pool_id: str, extended_config: dict[str, Any]) -> None:
        held = self.describe_user_pool(user_pool_id)
        born = {name: held.extended_config[name] for name in _BORN if name in held.extended_config}
        _update_pool(self, user_pool_id, {**extended_config, **born})

    def delete_user_pool(self: Any, user_pool_id: str) -> None:
        held = self.describe_user_pool(user_pool_id)
        if held.extended_config.get("DeletionProtection") == "ACTIVE":
            told = "The user pool cannot be deleted because deletion protection is activated."
            raise InvalidParameterException(f"{told} Deletion protection must be inactivated first.")
        if held.domain is not None:
            told = "User pool cannot be deleted. It has a domain configured that should be deleted first."
            raise InvalidParameterException(told)
        _delete_pool(self, user_pool_id)

    def update_user_pool_client(self: Any, user_pool_id: str, client_id: str, extended_config: dict[str, Any]) -> Any:
        """A request replaces the whole; moto keeps what it does not say."""
        held = self.describe_user_pool_client(user_pool_id, client_id)
        held.extended_config = CognitoIdpUserPoolClient(user_pool_id, False, extended_config).extended_config
        return held


def _domain(self: Any, extended: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = _show_domain(self, extended)
    if extended:
        shown |= {"AWSAccountId": ACCOUNT, "CustomDomainConfig": self.custom_domain_config}
    return shown


def install() -> None:
    """Patch the backend and the domain."""
    graft(CognitoIdpBackend, _Backend)
    CognitoIdpUserPoolDomain.to_json = _domain
