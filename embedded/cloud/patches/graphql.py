"""AppSync: settings of a GraphQL API that moto drops, updates that replace the whole, addresses of AWS's form."""

from typing import Any

from moto.appsync.responses import AppSyncResponse

from embedded.cloud.patches.graft import graft

PREFIX = "/appsync"
"""Where the embedded AWS answers for the addresses of GraphQL APIs."""
_create = AppSyncResponse.create_graphql_api
_get = AppSyncResponse.get_graphql_api
_update = AppSyncResponse.update_graphql_api
_KEPT = ("introspectionConfig", "queryDepthLimit", "resolverCountLimit", "enhancedMetricsConfig")
_REPLACED = {
    "logConfig": "log_config",
    "userPoolConfig": "user_pool_config",
    "openIDConnectConfig": "open_id_connect_config",
    "lambdaAuthorizerConfig": "lambda_authorizer_config",
    "additionalAuthenticationProviders": "additional_authentication_providers",
}


class _Response:
    def create_graphql_api(self: Any) -> Any:
        answer = _create(self)
        _keep(self, answer)
        return _shown(self, answer)

    def get_graphql_api(self: Any) -> Any:
        return _shown(self, _get(self))

    def update_graphql_api(self: Any) -> Any:
        answer = _update(self)
        _keep(self, answer)
        api = _api(self, answer)
        for name, attribute in _REPLACED.items():
            value = self._get_param(name)
            setattr(api, attribute, value)
            answer.result["graphqlApi"][name] = value
        return _shown(self, answer)


def _api(response: Any, answer: Any) -> Any:
    return response.appsync_backend.graphql_apis[answer.result["graphqlApi"]["apiId"]]


def _keep(response: Any, answer: Any) -> None:
    _api(response, answer).embedded_kept = {name: response._get_param(name) for name in _KEPT}


def _shown(response: Any, answer: Any) -> Any:
    shown = answer.result["graphqlApi"]
    kept = getattr(_api(response, answer), "embedded_kept", {})
    shown.update({name: value for name, value in kept.items() if value is not None})
    host = shown["apiId"].replace("-", "")[:26]
    named = f"{host}.appsync-api.{response.region}.amazonaws.com/graphql"
    asked = response.headers.get("Host", "")
    shown["uris"] = {
        # On the embedded AWS it answers under the one address that there is.
        "GRAPHQL": f"http://{asked}{PREFIX}/{named}" if asked.startswith("127.0.0.1:") else f"https://{named}",
        "REALTIME": f"wss://{host}.appsync-realtime-api.{response.region}.amazonaws.com/graphql",
    }
    return answer


def install() -> None:
    """Patch the response class."""
    graft(AppSyncResponse, _Response)
