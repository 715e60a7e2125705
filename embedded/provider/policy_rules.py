"""What IAM has against policy documents, which it answers with MalformedPolicyDocument."""

import json
import re
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Fault
from embedded.provider.rules import Rule
from embedded.provider.values import has_unknown

_VERSIONS = ("2012-10-17", "2008-10-17")
_ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+")


def identity_policy(name: str, most: int) -> Rule:
    """A property that holds a policy of an identity, of at most so many characters, blanks aside.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and reference_iam-quotas.html
    """

    def rule(props: Mapping[str, Any]) -> list[Fault]:
        text = props.get(name)
        if not isinstance(text, str) or has_unknown(text):
            return []
        document = json.loads(text)
        size = len(re.sub(r"\s", "", text))
        reasons = _document(document)
        if size > most:
            reasons.append(f"has {size} characters, above the most of {most}: shorten or split it")
        return [Fault(name, reason) for reason in reasons]

    return rule


def _document(document: Any) -> list[str]:
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not statements:
        return ["has no Statement: give a policy document with one"]
    reasons = []
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        reasons.append(f"has Version {document['Version']!r}: give {' or '.join(_VERSIONS)}")
    sids = [s["Sid"] for s in statements if s.get("Sid")]
    reasons += [f"has the Sid {sid!r} twice: rename one" for sid in sorted({s for s in sids if sids.count(s) > 1})]
    strange = sorted({str(sid) for sid in sids if not re.fullmatch(r"[A-Za-z0-9]+", str(sid))})
    reasons += [f"has the Sid {sid!r}: give letters and digits only" for sid in strange]
    return reasons + [reason for statement in statements for reason in _statement(statement)]


def _statement(statement: Mapping[str, Any]) -> list[str]:
    reasons = []
    if statement.get("Effect") not in {"Allow", "Deny"}:
        reasons.append(f"has Effect {statement.get('Effect')!r}: give Allow or Deny")
    if "Principal" in statement or "NotPrincipal" in statement:
        reasons.append("names a Principal, which the policy of an identity can't: remove it")
    for one, other, form, told in (
        ("Action", "NotAction", _ACTION, "an action such as s3:GetObject"),
        ("Resource", "NotResource", _RESOURCE, "* or an ARN"),
    ):
        if (one in statement) == (other in statement):
            reasons.append(f"has a statement that must have one of {one} and {other}: give one")
        listed = statement.get(one, statement.get(other, []))
        values = listed if isinstance(listed, list) else [listed]
        reasons += [f"has the {one} {value!r}: give {told}" for value in values if not form.fullmatch(str(value))]
    return reasons
