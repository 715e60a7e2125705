"""The pack as the Pulumi SDK wants it: each rule bound to a policy that fails closed."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from . import exceptions
from .exceptions import Waivers
from .once import PolicyOfTypes, read_once
from .rule import Finding, NotApplicableError, ResourceRule, Rule, StackRule, Verdict
from .rules import RULES
from .subject import Stack, Subject, canonical, dotted_type, linked

NAME = "medallion"
# How the SDK reports a rule that touched an unknown value: an advisory violation, whose wording says "during preview"
# even where it happens in an update. Whoever gates on a run matches its messages with this.
UNDECIDED = re.compile(
    r"can't run policy '(?P<rule>[^']+)' from policy pack '(?P<pack>[^'@]+)@v(?P<version>[^']+)' "
    r"during preview: (?P<reason>.+)",
    re.DOTALL,
)

EXCEPTIONS_IN_FORCE = "exceptions-in-force"
EXCEPTIONS_HOLD = "exceptions-hold"

# From the URN of any resource to the exceptions of its project and stack.
CurrentWaivers = Callable[[str], Waivers]
# From what a stack policy is asked with to the stack that is judged.
WholeStack = Callable[[StackValidationArgs], Stack]


def serve() -> None:
    """Serves the pack to the engine; returns only when the engine ends the process."""
    read_once()
    # What was read is held to the end: looking for garbage among it would take as long as judging it.
    gc.disable()
    PolicyPack(NAME, policies(RULES, project_waivers), enforcement_level=EnforcementLevel.MANDATORY)


def project_waivers(urn: str) -> Waivers:
    """The exceptions of the project that is judged, for the stack to which a URN belongs."""
    # The engine runs the pack in the folder that the project's program runs in.
    file = exceptions.file_of(Path.cwd())
    return exceptions.load(file, urn.removeprefix("urn:pulumi:").split("::")[0], frozenset(rule.id for rule in RULES))


def policies(rules: Iterable[Rule], waivers: Callable[[str], Waivers]) -> list[Policy]:
    """The SDK's policies: one a rule, and two that print and audit the exceptions.

    `waivers` gets the URN of the first resource that is judged and is asked no more after that: which stack they are
    for shows in URNs only, and what became of each exception is remembered over the run.
    """
    held: list[Waivers] = []

    def current(urn: str) -> Waivers:
        if not held:
            held.append(waivers(urn))
        return held[0]

    stacks: list[Stack] = []

    def whole(args: StackValidationArgs) -> Stack:
        # The server hands the resources to the first policy alone: see once.py.
        if args.resources:
            stacks[:] = [stack_of(args)]
        stacks[0].config = args.get_config()
        return stacks[0]

    bound = [_resource_policy(rule, current) for rule in rules if isinstance(rule, ResourceRule)]
    stacked = [_stack_policy(rule, whole, current) for rule in rules if isinstance(rule, StackRule)]
    # These two are last, since stack policies run in order and each rule must have had its say.
    return [*bound, *stacked, _exceptions_in_force(whole, current), _exceptions_hold(whole, current)]


def report(
    rule: Rule, subject: Subject, verdict: Verdict, waivers: Waivers, violated: ReportViolation
) -> UnknownValueError | None:
    """Reports what a rule finds on one subject; the first value that it could not read, if any.

    A rule that crashes has not shown that its subject is safe: that counts as a breach, which no exception covers.
    """
    unread: UnknownValueError | None = None
    try:
        for found in verdict:
            if isinstance(found, UnknownValueError):
                unread = unread or found
            elif not waivers.covers(rule.id, subject.urn):
                violated(rule.message(subject, found), subject.urn)
    except UnknownValueError as error:
        unread = unread or error
    except NotApplicableError:
        raise
    except Exception as error:  # noqa: BLE001 - fails closed, whatever the rule stumbles over
        crash = Finding(f"the rule itself failed ({type(error).__name__}: {error}), so nothing is shown to be safe")
        violated(rule.message(subject, crash), subject.urn)
    if unread is not None:
        waivers.could_not_tell(rule.id, subject.urn, unread)
    return unread


def _resource_policy(rule: ResourceRule, waivers: CurrentWaivers) -> Policy:
    def concerns(resource_type: str) -> bool:
        return canonical(resource_type) in rule.types

    def validate(args: ResourceValidationArgs, violated: ReportViolation) -> None:
        subject = Subject(args.resource_type, args.name, args.urn, args.props, args.get_config())
        try:
            unread = report(rule, subject, rule.judge(subject), waivers(subject.urn), violated)
        except NotApplicableError as reason:
            args.not_applicable(str(reason))
        else:
            if unread is not None:
                raise unread

    return PolicyOfTypes(
        rule.id,
        concerns,
        f"judges {_kinds(rule)} only",
        description=rule.title,
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=_schema(rule),
        severity=rule.severity,
        remediation_steps=rule.remedy,
    )


def _stack_policy(rule: StackRule, whole: WholeStack, waivers: CurrentWaivers) -> Policy:
    def validate(args: StackValidationArgs, violated: ReportViolation) -> None:
        stack = whole(args)
        unread: UnknownValueError | None = None
        judged = 0
        for subject in stack.of(*rule.types):
            try:
                unread = report(rule, subject, rule.judge(subject, stack), waivers(subject.urn), violated) or unread
                judged += 1
            except NotApplicableError:
                continue
        if unread is not None:
            raise unread
        if not judged:
            args.not_applicable(f"the stack has nothing to judge among {_kinds(rule)}")

    return StackValidationPolicy(
        rule.id,
        rule.title,
        validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=_schema(rule),
        severity=rule.severity,
        remediation_steps=rule.remedy,
    )


def stack_of(args: StackValidationArgs) -> Stack:
    """The SDK's resources as rules see them."""
    subjects = linked(
        (
            Subject(resource.resource_type, resource.name, resource.urn, resource.props),
            {
                prop: [dependency.urn for dependency in dependencies]
                for prop, dependencies in resource.property_dependencies.items()
            },
        )
        for resource in args.resources
    )
    return Stack(subjects)


def _kinds(rule: Rule) -> str:
    return ", ".join(dotted_type(each) for each in rule.types)


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    return PolicyConfigSchema({key: dict(schema) for key, schema in rule.settings.items()}) if rule.settings else None


def _exceptions_in_force(whole: WholeStack, waivers: CurrentWaivers) -> Policy:
    def validate(args: StackValidationArgs, violated: ReportViolation) -> None:
        in_force = waivers(whole(args).subjects[0].urn).in_force
        if not in_force:
            args.not_applicable("no exceptions are written for this project and stack")
        for waiver in in_force:
            violated(f"{waiver}, until {waiver.expires}, for {waiver.owner}: {waiver.reason}", None)

    return StackValidationPolicy(
        EXCEPTIONS_IN_FORCE,
        "Exceptions to rules are shown at each run.",
        validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
    )


def _exceptions_hold(whole: WholeStack, waivers: CurrentWaivers) -> Policy:
    def validate(args: StackValidationArgs, violated: ReportViolation) -> None:
        deferred: Exception | None = None
        for found in waivers(whole(args).subjects[0].urn).untenable():
            if isinstance(found, Exception):
                deferred = found
            else:
                violated(found, None)
        if deferred is not None:
            raise deferred

    return StackValidationPolicy(
        EXCEPTIONS_HOLD,
        "Each exception is complete, in date and still needed.",
        validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=Severity.HIGH,
    )
