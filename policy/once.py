"""Has the SDK read each resource once, where it would read it anew for every rule.

The SDK's server asks one policy after the other, and before each it makes the same Python objects out of the same
message: of every resource for a resource policy, of the whole stack for a stack policy. It reads each resource once
more for remediations, which no rule has. With as many rules as here that is nine tenths of what the pack takes. No
setting changes it, so what does the reading is replaced, in the SDK's module alone; and a policy that judges some types
only isn't asked about the rest. A version of the SDK that no longer has what is replaced is left as it is: nothing but
time is lost.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from pulumi.runtime.proto.analyzer_pb2 import PolicyNotApplicable, RemediateResponse
from pulumi_policy import Policy, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy import policy as server


class Remembered:
    """A function of one argument that is asked once about each object; with further arguments it is asked each time.

    It holds on to the objects, so that none of their identities comes back as another's. They are as many as the
    resources of one run, after which the process ends.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.held: dict[int, tuple[Any, Any]] = {}

    def __call__(self, asked: Any, *others: Any) -> Any:
        """What the function answers about `asked`, the same object each time."""
        if others:
            return self.function(asked, *others)
        found = self.held.get(id(asked))
        if found is None:
            found = self.held[id(asked)] = asked, self.function(asked)
        return found[1]


class RememberedModule:
    """A module with one of its functions replaced."""

    def __init__(self, module: Any, name: str) -> None:
        self.module = module
        setattr(self, name, Remembered(getattr(module, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


# Where the SDK's server keeps its policies.
POLICIES = "_PolicyAnalyzerServicer__policies"


class PolicyOfTypes(ResourceValidationPolicy):
    """A policy that judges resources of some types, and says of all others that it doesn't and why."""

    def __init__(self, name: str, concerns: Callable[[str], bool], others: str, **policy: Any) -> None:
        super().__init__(name, **policy)
        self.concerns = concerns
        self.others = others

    def validate(self, args: ResourceValidationArgs, violated: ReportViolation) -> Awaitable[Any] | None:
        """Judge a resource, unless its type is one of the others."""
        if not self.concerns(args.resource_type):
            args.not_applicable(self.others)
        return super().validate(args, violated)


class FirstReading:
    """A message about a whole stack that yields the resources the first time that they are read, and none after."""

    def __init__(self, message: Any) -> None:
        self.unread = [message.resources]

    @property
    def resources(self) -> Iterable[Any]:
        """The resources that no policy has read yet."""
        return self.unread.pop() if self.unread else ()


def read_once() -> None:
    """Replace what reads a message, what finds secrets and assets in it, and what guards its unknowns.

    Of a whole stack only the first policy is handed the resources; whoever binds the policies keeps them.
    """
    for name in ("deserialize_properties", "unknown_checking_proxy"):
        if hasattr(server, name):
            setattr(server, name, Remembered(getattr(server, name)))
    if hasattr(getattr(server, "json_format", None), "MessageToDict"):
        server.__dict__["json_format"] = RememberedModule(server.__dict__["json_format"], "MessageToDict")
    servicer: Any = getattr(server, "_PolicyAnalyzerServicer", None)
    if hasattr(servicer, "Analyze"):
        servicer.Analyze = ask_those_concerned(servicer.Analyze)
    if hasattr(servicer, "AnalyzeStack"):
        analyze_stack = servicer.AnalyzeStack
        servicer.AnalyzeStack = lambda self, asked, context: analyze_stack(self, FirstReading(asked), context)
    if hasattr(servicer, "Remediate"):
        servicer.Remediate = lambda _self, _asked, _context: RemediateResponse()


def ask_those_concerned(analyze: Callable[..., Any]) -> Callable[..., Any]:
    """The SDK's method that judges one resource, asking those policies only that judge its type."""
    # By the type of a resource, the policies to ask and the answers of all others.
    divided: dict[str, tuple[list[Policy], list[PolicyNotApplicable]]] = {}

    def divide(policies: list[Policy], resource_type: str) -> tuple[list[Policy], list[PolicyNotApplicable]]:
        silent = [each for each in policies if isinstance(each, PolicyOfTypes) and not each.concerns(resource_type)]
        answers = [PolicyNotApplicable(policy_name=each.name, reason=each.others) for each in silent]
        return [each for each in policies if each not in silent], answers

    def analyze_by_those_concerned(servicer: Any, resource: Any, context: Any) -> Any:
        policies = vars(servicer).get(POLICIES)
        if policies is None:
            return analyze(servicer, resource, context)
        if resource.type not in divided:
            divided[resource.type] = divide(policies, resource.type)
        # A copy, since resources may be judged side by side; it has whatever the server was configured with.
        asked = copy.copy(servicer)
        to_ask, answers = divided[resource.type]
        setattr(asked, POLICIES, to_ask)
        response = analyze(asked, resource, context)
        response.not_applicable.extend(answers)
        return response

    return analyze_by_those_concerned
