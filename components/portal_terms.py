"""The portal's glossaries: what a domain and a sensitivity are, in the words of the contracts."""

from collections.abc import Sequence

from components.people import STEWARDED
from contracts import OPEN, SENSITIVITIES, Contract, Sensitivity


def glossaries(shown: Sequence[Contract]) -> dict[str, tuple[str, dict[str, str]]]:
    """Glossary → what it is about, and its terms with their meaning."""
    by_domain = {
        domain: ", ".join(sorted(each.name for each in shown if each.domain == domain))
        for domain in sorted({each.domain for each in shown})
    }
    return {
        "domains": (
            "The business domains that own data sets",
            {domain: f"Owns {names}" for domain, names in by_domain.items()},
        ),
        "sensitivities": (
            "How sensitive a column is, as its contract says; a table is as sensitive as its most sensitive column",
            {each: _readers(each) for each in SENSITIVITIES},
        ),
    }


def _readers(sensitivity: Sensitivity) -> str:
    if sensitivity in OPEN:
        return "Every analyst reads it"
    return (
        "Stewards read it, and let others" if sensitivity in STEWARDED else "Read by whom the lake's administrators let"
    )
