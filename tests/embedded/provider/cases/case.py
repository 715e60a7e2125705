"""What a case is, and the values that cases share."""

import json
from dataclasses import dataclass, field
from typing import Any

from embedded.provider.values import ARCHIVE, ASSET, SIGNATURE, Props

TAGS: Props = {"tags": {"team": "data"}}
OTHER_TAGS: Props = {"tags": {"team": "platform", "stage": "test"}}


@dataclass(frozen=True)
class Case:
    """One type: inputs, an update in place, a replacing change, and a bad value with the path it is told at."""

    inputs: Props
    update: Props = field(default_factory=dict)
    replace: Props = field(default_factory=dict)
    bad: tuple[str, Any] = ("nonsense", 1)
    stays: bool = False


def asset(text: str) -> Props:
    return {SIGNATURE: ASSET, "hash": f"hash-of-{text}", "text": text}


def archive(**files: str) -> Props:
    assets = {name.replace("_", "."): asset(text) for name, text in files.items()}
    return {SIGNATURE: ARCHIVE, "hash": "/".join(files.values()), "assets": assets}


def trust(service: str) -> Props:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str | list[str], resource: str = "*", **more: Any) -> Props:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def openapi(path: str) -> str:
    function = "arn:aws:lambda:eu-central-1:123456789012:function:f"
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{function}"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": f"{uri}/invocations"}
    operation = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
    info = {"title": "api", "version": "1"}
    return json.dumps({"openapi": "3.0.3", "info": info, "paths": {path: {"get": operation}}})
