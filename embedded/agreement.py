"""Whether the engine and the offline review say the same of one deployment: two ways to the same rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from embedded.engine.workspace import Deployment
from embedded.judgement import policy_events
from policy.pack import EXCEPTIONS_HOLD, NAME, UNDECIDED
from policy.review import Review, Verdict
from policy.rule import ResourceRule

# What was said: of which rule, of which resource (by URN, empty for a stack rule that passed as a whole), and what.
Saying = tuple[str, str, str]
PASSED, VIOLATED = "passed", "violated"

# The events in which the engine lists what passed: one a resource, and one a run for the rules over the whole stack.
_, OF_THE_STACK = SUMMARIES = ("policyAnalyzeSummaryEvent", "policyAnalyzeStackSummaryEvent")


def judged_to_the_end(deployment: Deployment) -> bool:
    """Whether the engine had the pack judge the whole stack, which it does only after every resource is there."""
    return any(event.kind == OF_THE_STACK and event.body.get("policyPackName") == NAME for event in deployment.events)


def disagreements(deployment: Deployment, review: Review) -> list[str]:
    """Where the engine, at the end of a deployment, and the review of the state that it left differ, by rule.

    What either leaves undecided shuts the gate by itself and isn't compared.
    """
    rules = {standing.rule.id for standing in review.standings} | {EXCEPTIONS_HOLD}
    engine = {said for said in engine_says(deployment) if said[0] in rules}
    offline = set(review_says(review))
    return [
        f"the engine and the review differ on {rule}: the engine alone has {listed(rule, engine - offline)}, "
        f"the review alone {listed(rule, offline - engine)}"
        for rule in sorted({said[0] for said in engine ^ offline})
    ]


def engine_says(deployment: Deployment) -> Iterator[Saying]:
    """What the pack told the engine, from the events of one run."""
    for event in deployment.events:
        if event.kind in SUMMARIES and event.body.get("policyPackName") == NAME:
            urn = event.body.get("resourceUrn", "")
            yield from ((rule, urn, PASSED) for rule in event.body.get("passed") or ())
    for event in policy_events(deployment):
        if not UNDECIDED.search(event.body.get("message", "")):
            yield event.body.get("policyName", ""), event.body.get("resourceUrn", ""), VIOLATED


def review_says(review: Review) -> Iterator[Saying]:
    """What the review found, in the engine's terms: stack rules pass as a whole, resource rules on each resource."""
    for standing in review.standings:
        rule = standing.rule.id
        passed = [each for each in standing.judged if each.verdict in (Verdict.HOLDS, Verdict.EXCEPTED)]
        if isinstance(standing.rule, ResourceRule):
            yield from ((rule, each.subject.urn, PASSED) for each in passed)
        elif standing.judged and len(passed) == len(standing.judged):
            yield rule, "", PASSED
        yield from ((rule, each.subject.urn, VIOLATED) for each in standing.judged if each.verdict is Verdict.VIOLATED)
    if not review.exception_faults:
        yield EXCEPTIONS_HOLD, "", PASSED


def listed(rule: str, said: Iterable[Saying]) -> str:
    """What was said of one rule, with the resources' short names."""
    found = sorted(f"{urn.rpartition('::')[2] or 'the stack'} {what}" for id_, urn, what in said if id_ == rule)
    return ", ".join(found) or "nothing"
