"""Has the pack judge every mutant, and tells what it let through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from policy import exceptions
from policy.exceptions import Waivers
from policy.review import Resource, Verdict, review
from policy.rule import ResourceRule, Rule, StackRule
from policy.rules import RULES
from tests.policy.mutants.catalogue import MUTANTS
from tests.policy.mutants.graph import Graph
from tests.policy.mutants.mutant import Mutant

STACK = "prod"
ROOT = Path(__file__).resolve().parents[3]
CRASHED = "the rule itself failed"

# A rule's id, and what it came to: `violated`, `undecided`, or that it failed itself.
Breach = tuple[str, str]


@dataclass
class Score:
    """How a rule did: its distinct mutants, those that it caught, and those that no other rule caught."""

    mutants: int = 0
    caught: int = 0
    alone: int = 0


@dataclass
class Result:
    """What became of all mutants. `unspoiled` has what the pack says of the graph as it is."""

    unspoiled: list[str]
    scores: dict[str, Score]
    survivors: list[Mutant] = field(default_factory=list)
    twice: list[Mutant] = field(default_factory=list)

    @property
    def mutants(self) -> int:
        """How many distinct mutants were tried."""
        return sum(score.mutants for score in self.scores.values())

    @property
    def idle(self) -> list[str]:
        """The rules that have no mutant which no other rule catches, or fewer than two at all."""
        return [rule for rule, score in self.scores.items() if score.alone < 1 or score.mutants < 2]

    @property
    def holds(self) -> bool:
        """Whether every mutant is caught by the rule meant for it, every rule is needed, and nothing else is found."""
        return not (self.survivors or self.unspoiled or self.twice or self.idle)


def of_prod() -> Waivers:
    """The exceptions that the project makes for its stack prod."""
    return exceptions.load(ROOT / exceptions.FILE_NAME, STACK, frozenset(rule.id for rule in RULES))


def tried(
    held: list[Resource], waivers: Waivers, mutants: Iterable[Mutant] = MUTANTS, rules: Iterable[Rule] = RULES
) -> Result:
    """Spoil a stack's graph by each mutant in turn, and ask all rules about each."""
    rules = tuple(rules)
    single = [rule for rule in rules if isinstance(rule, ResourceRule)]
    whole = [rule for rule in rules if isinstance(rule, StackRule)]
    alone = {id(each): breaches([each], waivers, single) for each in held}

    def judged(graph: list[Resource]) -> set[Breach]:
        """What all rules say; resources that a mutant left alone are asked once for all."""
        changed = [each for each in graph if id(each) not in alone]
        known = (alone[id(each)] for each in graph if id(each) in alone)
        return breaches(graph, waivers, whole).union(breaches(changed, waivers, single), *known)

    unspoiled = sorted(f"{rule}: {answer}" for rule, answer in judged(held))
    result = Result(unspoiled, {rule.id: Score() for rule in rules})
    seen: set[tuple[str, str, str]] = set()
    for mutant in mutants:
        if mutant.kind in seen:
            result.twice.append(mutant)
            continue
        seen.add(mutant.kind)
        graph = Graph(held)
        mutant.spoil(graph)
        answers = judged(graph.held)
        score = result.scores[mutant.rule]
        score.mutants += 1
        if (mutant.rule, mutant.answer.value) in answers:
            score.caught += 1
            score.alone += {rule for rule, _ in answers} == {mutant.rule}
        else:
            result.survivors.append(mutant)
    return result


def breaches(held: Iterable[Resource], waivers: Waivers, rules: Iterable[Rule]) -> set[Breach]:
    """Each rule that is violated or undecided. A rule that only stumbled has caught nothing, so that is told apart."""
    return {
        (answer.rule.id, CRASHED if all(CRASHED in each for each in answer.messages) else answer.verdict.value)
        for answer in review(held, rules, waivers)
        if answer.verdict in (Verdict.VIOLATED, Verdict.UNDECIDED)
    }


def table(result: Result) -> str:
    """Survivors first, then caught of total for each rule, and how many of them no other rule caught."""
    lines = [f"survived  {mutant}" for mutant in result.survivors]
    lines += [f"unspoiled {each}" for each in result.unspoiled]
    lines += [f"twice     {mutant}" for mutant in result.twice]
    lines += [f"idle      {rule}" for rule in result.idle]
    lines += [f"{'rule':<34} {'caught':>9}  alone"]
    for rule, score in sorted(result.scores.items(), key=lambda item: (item[1].alone > 0, item[0])):
        lines.append(f"{rule:<34} {score.caught:>4}/{score.mutants:<4}  {score.alone:>5}")
    caught = sum(score.caught for score in result.scores.values())
    lines.append(f"{'all ' + str(len(result.scores)) + ' rules':<34} {caught:>4}/{result.mutants:<4}")
    return "\n".join(lines)
