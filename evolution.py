"""Whether data contracts may change so: what producers send, jobs merge and readers ask for has to go on working.

A column may be added and a type widened: the tables follow without being rewritten. Whatever else changes a table's
shape is refused, before anything is deployed, against the contracts that the deployed stack recorded in its outputs;
`python -m evolution --base origin/main` does the same against another commit.
"""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import contracts
from contracts import Contract, ContractError, Contracts

Shape: TypeAlias = Mapping[str, Any]

# https://iceberg.apache.org/spec/#schema-evolution
WIDER: Mapping[str, str] = {"int": "bigint", "float": "double"}
"""A column's type → the one that it may become."""
BREAKING = 1


class EvolutionError(Exception):
    """Contracts changed in a way that breaks what is there. `faults` has all of it, as `data set: what: remedy`."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        told = f"The data contracts have {len(faults)} breaking change(s):"
        super().__init__("\n  ".join((told, *self.faults)))


def shapes(agreed: Contracts) -> dict[str, Shape]:
    """What of each contract is to be remembered until the next deployment, as plain JSON values."""
    return {contract.name: shape(contract) for contract in (*agreed.sources, *agreed.products)}


def shape(contract: Contract) -> Shape:
    """What a later version of a contract is held against."""
    return {
        "version": contract.version,
        # Outputs hold no nulls.
        "delivery": contract.delivery or contract.layer,
        "key": list(contract.key),
        "delivered": [field.name for field in contract.delivered],
        "columns": {name: kind for name, kind, _ in contract.table_columns()},
        "required": [field.name for field in contract.fields if field.required],
        "made_of": list(contract.made_of),
    }


def check(before: Mapping[str, Shape], agreed: Contracts) -> None:
    """Raises EvolutionError with every breaking change. A data set that comes or goes breaks nothing."""
    after = shapes(agreed)
    faults = [
        f"{name}: {fault}"
        for name in sorted(before.keys() & after.keys())
        for fault in _faults(before[name], after[name])
    ]
    if faults:
        raise EvolutionError(faults)


def added(before: Mapping[str, Shape], agreed: Contracts) -> dict[str, frozenset[str]]:
    """The columns of each contract that it lacked before, which its Iceberg table gets by the next run of the jobs."""
    after = shapes(agreed)
    return {
        name: new
        for name in sorted(before.keys() & after.keys())
        if (new := frozenset(after[name]["columns"]) - frozenset(before[name]["columns"]))
    }


def _faults(old: Shape, new: Shape) -> Iterator[str]:
    remedy = "describe it as a new data set beside this one, and let this one end when nobody reads it any more."
    if old["delivery"] != new["delivery"]:
        yield f"its place is {new['delivery']} and was {old['delivery']}, where what came before stays; {remedy}"
    if old["key"] != new["key"]:
        yield f"the key is {', '.join(new['key'])} and was {', '.join(old['key'])}, by which rows are merged; {remedy}"
    for name, kind in old["columns"].items():
        now = new["columns"].get(name)
        if now is None:
            yield f"column {name} is dropped, and may be asked for; leave it, without `required`."
        elif now not in (kind, WIDER.get(kind)):
            yield f"column {name} is {now} and was {kind}, which Iceberg can't widen so; add a column beside it."
    for name in new["required"]:
        if name not in old["required"]:
            was = "was not before" if name in old["columns"] else "is new"
            yield f"column {name} is required and {was}: rows that are there lack it; leave `required` out."
    if new["delivered"][: len(old["delivered"])] != old["delivered"] and set(old["delivered"]) <= set(new["delivered"]):
        yield "delivered columns come in another order, by which CSV is read; put new ones last."
    changed = any(old[name] != new[name] for name in ("key", "delivered", "columns", "required"))
    if changed and _parts(new["version"]) <= _parts(old["version"]):
        yield f"version is {new['version']} after {old['version']}, though columns changed; raise it."


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def at_commit(base: str) -> Contracts:
    """The contracts of another commit. Raises EvolutionError where git does not know it, ContractError."""
    found = subprocess.run(["git", "archive", base, "datasets"], capture_output=True)
    if found.returncode:
        raise EvolutionError([f"{base}: {found.stderr.decode().strip()}"])
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(folder, filter="data")
        return contracts.load(Path(folder) / "datasets")


def main(argv: Sequence[str]) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m evolution",
        description="Hold the data contracts against those of another commit.",
        epilog="Exit codes: 0 nothing breaks, 1 something does or the contracts have faults.",
    )
    parser.add_argument("--base", default="origin/main", help="the commit to hold them against (default: origin/main)")
    args = parser.parse_args(argv)
    try:
        check(shapes(at_commit(args.base)), contracts.load(Path("datasets")))
    except (EvolutionError, ContractError) as error:
        print(error, file=sys.stderr)
        return BREAKING
    print(f"The data contracts break nothing of {args.base}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
