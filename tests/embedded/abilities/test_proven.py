"""What the table says of the engines is so: each example is asked of a running embedded AWS."""

import pytest

from embedded.abilities.row import Example
from embedded.abilities.table import ENGINES, called
from tests.embedded.abilities.asking import Asking
from tests.embedded.cloud.clients import Aws

EXAMPLES = [
    pytest.param(each, id=f"{engine}: {called(each) if each.way == 'call' else each.asked}")
    for engine, rows in ENGINES.items()
    for row in rows
    for each in row.shown
    if isinstance(each, Example)
]


@pytest.fixture(scope="module")
def ask(aws: Aws) -> Asking:
    return Asking(aws)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_answered_as_the_table_says(ask: Asking, example: Example) -> None:
    answer = ask(example)
    if example.told:
        assert example.told in answer, "the table says that this is told"
    else:
        assert answer == "", "the table says that this is accepted"
