"""How long raw objects stay, by contract and by stack."""

from dataclasses import replace

import pytest

from components.initial import Initial, InitialArgs, RetentionError, kept_days
from contracts import Contract
from settings import Initial as InitialSettings
from terms import ServiceLevels
from tests.components import parts
from tests.components.mock_engine import deploy

LOCK = InitialSettings(lock_mode="COMPLIANCE", lock_days=365, cold_after_days=90)


def kept(name: str, days: int | None) -> Contract:
    return replace(parts.source(name, "files"), levels=ServiceLevels(kept_days=days))


def test_raw_objects_and_the_verdicts_on_them_stay_as_long_as_the_contract_says() -> None:
    assert kept_days([kept("trips", 365), kept("stops", None)], LOCK) == {"raw/trips/": 365, "verdicts/trips/": 365}


def test_beside_the_records_of_a_stream_lies_no_verdict() -> None:
    signals = replace(parts.source("signals", "stream"), levels=ServiceLevels(kept_days=400))
    assert kept_days([signals], LOCK) == {"raw/signals/": 400}


def test_contracts_that_want_objects_gone_while_they_are_locked_are_refused_all_at_once() -> None:
    with pytest.raises(RetentionError) as refused:
        kept_days([kept("trips", 364), kept("stops", 30), kept("signals", 400)], LOCK)
    first, second = str(refused.value).split("\n")
    assert first.startswith("trips: slaProperties: retention is 364 days; it must be 365 or more")
    assert second.startswith("stops: slaProperties: retention is 30 days")


def test_the_bucket_has_a_rule_for_each_prefix_whose_objects_go() -> None:
    kept = {"raw/trips/": 400}
    made = deploy(lambda: Initial("initial", InitialArgs(platform=parts.platform(), lock=parts.LOCK, kept_days=kept)))
    rules = made.one("BucketLifecycleConfiguration", "initial").inputs["rules"]
    (going,) = [rule for rule in rules if rule["id"] == "keep-raw/trips/"]
    assert going["expiration"] == {"days": 400}
