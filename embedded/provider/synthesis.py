"""What AWS would answer: ids and ARNs of the right form, the same each time for the same resource.

Serves the types that are only recorded, and the mocks of unit tests; needs no cloud and no server.
"""

import hashlib
import json
import uuid
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from embedded.provider import sdk
from embedded.provider.entry import Entry
from embedded.provider.names import MISSING, fill
from embedded.provider.table import TABLE
from embedded.provider.values import DEFAULTS, UNKNOWN, Props, Value, is_asset

_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def synthesise(
    token: str, name: str, inputs: Mapping[str, Value], account: str, region: str, id_: str = ""
) -> tuple[str, Props]:
    """The id and outputs that a resource of this type, name and inputs would get.

    token: e.g. `aws:kinesis/stream:Stream`; name: its logical name; id_: the id it already has, if any.
    """
    entry = TABLE[token]
    props = {k: v for k, v in inputs.items() if v is not None and k != DEFAULTS}
    props = {**entry.local, **entry.defaults, **props}
    if entry.named:
        props.setdefault(entry.named, made_name(entry, name, token))
    facts = _invented(f"{token}|{name}", str(props.get("region") or region), account)
    context = ChainMap(props, facts)
    facts["id"] = id_ or str(fill(entry.id, context))
    outputs = complete(token, entry, props, context)
    return facts["id"], outputs


def made_name(entry: Entry, name: str, seed: str) -> str:
    """The logical name with seven random-looking digits, within what the service allows."""
    tail = hashlib.sha256(seed.encode()).hexdigest()[:7]
    made = f"{name[: entry.longest - 8]}-{tail}"
    return made.lower() if entry.service in {"s3", "redshift"} else made


def complete(token: str, entry: Entry, props: Props, context: Mapping[str, Any]) -> Props:
    """The outputs of the SDK's resource class: given ones, templated ones, and "nothing" where one must be there."""
    kinds = sdk.outputs(token).fields
    outputs = {k: _kept(v, kinds[k].kind) for k, v in props.items() if k in kinds}
    for name, template in entry.outputs.items():
        value = fill(template, ChainMap(outputs, dict(context)))
        if outputs.get(name) in (None, "") and value is not MISSING:
            outputs[name] = value
    outputs.setdefault("region", context.get("region"))
    if entry.tags or "tagsAll" in kinds:
        outputs["tagsAll"] = outputs.get("tags") or {}
    for name, fld in kinds.items():
        if outputs.get(name) is None and fld.required:
            outputs[name] = nothing(fld.kind)
    return {k: v for k, v in outputs.items() if v is not None and k in kinds}


def _kept(value: Value, kind: sdk.Kind) -> Value:
    """A given value as the state keeps it: documents as text."""
    if kind != sdk.Scalar("str") or is_asset(value):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value)
    return ("true" if value else "false") if isinstance(value, bool) else value


def nothing(kind: sdk.Kind) -> Value:
    """What the real provider gives for a value that isn't there."""
    match kind:
        case sdk.ListOf():
            return []
        case sdk.MapOf():
            return {}
        case sdk.Scalar(name):
            return {"str": "", "bool": False, "int": 0, "float": 0}[name]
    return None


def invented_id(seed: str) -> str:
    """Fourteen letters and digits, as DataZone's ids are: the same for the same seed."""
    return _letters(int(hashlib.sha256(seed.encode()).hexdigest(), 16), _LOWER, 14)


def _invented(seed: str, region: str, account: str) -> dict[str, Any]:
    digest = hashlib.sha256(seed.encode()).hexdigest()
    number = int(digest, 16)
    return {
        "region": region,
        "account": account,
        "partition": "aws",
        "suffix": f".{region}.amazonaws.com",
        "hex8": digest[:8],
        "hex17": digest[:17],
        "hex32": digest[:32],
        "uuid": str(uuid.UUID(digest[:32])),
        "lower6": _letters(number, _LOWER, 6),
        "lower10": _letters(number, _LOWER, 10),
        "lower14": invented_id(seed),
        "upper13": _letters(number, _UPPER, 13),
        "upper17": _letters(number, _UPPER, 17),
        "address": f"203.0.113.{number % 254 + 1}",
        "now": "2000-01-01T00:00:00Z",
    }


def _letters(number: int, alphabet: str, count: int) -> str:
    text = ""
    for _ in range(count):
        number, rest = divmod(number, len(alphabet))
        text += alphabet[rest]
    return text


def planned(token: str, entry: Entry, inputs: Props) -> Props:
    """The outputs as far as a preview knows them: what was given, and unknowns for what AWS will say."""
    kinds = sdk.outputs(token).fields
    props = {**entry.local, **entry.defaults, **{k: v for k, v in inputs.items() if k != DEFAULTS}}
    outputs = {k: v for k, v in props.items() if k in kinds}
    if "tagsAll" in kinds:
        outputs["tagsAll"] = outputs.get("tags") or {}
    for name, fld in kinds.items():
        if name not in outputs and fld.required:
            outputs[name] = UNKNOWN
    return outputs
