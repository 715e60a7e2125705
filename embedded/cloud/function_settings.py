"""What moto drops of a function, for the engine to follow: where its log goes, its dead letters, its retries."""

from typing import Any

from moto.awslambda import models

_KEPT = {"LoggingConfig": "logging_config", "DeadLetterConfig": "dead_letter_config"}
_start = models.LambdaFunction.__init__
_update = models.LambdaFunction.update_configuration
_describe = models.LambdaFunction.get_configuration


def _init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
    _start(self, account_id, spec, region, version)
    for key, name in _KEPT.items():
        setattr(self, name, spec.get(key))


def _update_configuration(self: Any, updates: dict[str, Any]) -> Any:
    for key, name in _KEPT.items():
        if key in updates:
            setattr(self, name, updates[key])
    if "TracingConfig" in updates:
        self.tracing_config = updates["TracingConfig"]
    if "KMSKeyArn" in updates:
        self.kms_key_arn = updates["KMSKeyArn"]
    if "EphemeralStorage" in updates:
        self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
    return _update(self, updates)


def _get_configuration(self: Any, on_create: bool = False) -> Any:
    shown = _describe(self, on_create)
    shown.update({key: getattr(self, name) for key, name in _KEPT.items() if getattr(self, name, None)})
    return shown


def _put_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> Any:
    """Replace the configuration; moto appends a second one and goes on showing the first."""
    function = self.get_function(function_name)
    made = models.EventInvokeConfig(function.function_arn, function.last_modified, config)
    function.event_invoke_config = [made]
    return made.response()


def install() -> None:
    """Patch moto's function."""
    models.LambdaFunction.__init__ = _init
    models.LambdaFunction.update_configuration = _update_configuration
    models.LambdaFunction.get_configuration = _get_configuration
    models.LambdaBackend.put_function_event_invoke_config = _put_event_invoke_config
