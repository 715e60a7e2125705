"""All that each stack deploys, in one file a stack, so that a reviewer sees what a change adds and drops.

`python -m tests.components.test_inventory` writes the files anew. A VPC's own parts are awsx's and not in them.
"""

from pathlib import Path

import pytest

from tests.components.test_program import whole

FOLDER = Path(__file__).parent / "inventory"
STACKS = ("dev", "local", "prod")


def inventory(stack: str) -> str:
    """A line a resource, `type name`, in alphabetical order."""
    made, _ = whole(stack)
    return "".join(f"{line}\n" for line in sorted(f"{each.type} {each.name}" for each in made.registrations))


@pytest.mark.parametrize("stack", STACKS)
def test_each_stack_deploys_just_what_its_inventory_lists(stack: str) -> None:
    listed = (FOLDER / f"{stack}.txt").read_text().splitlines()
    deployed = inventory(stack).splitlines()
    added, dropped = sorted(set(deployed) - set(listed)), sorted(set(listed) - set(deployed))
    assert not added, f"not in the inventory of {stack}; if it is meant, run python -m tests.components.test_inventory"
    assert not dropped, f"in the inventory of {stack} and not deployed; if it is meant, write the inventory anew"
    assert deployed == listed


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in STACKS:
        (FOLDER / f"{each}.txt").write_text(inventory(each))
