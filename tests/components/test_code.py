import json
from pathlib import Path

import pulumi

from components.code import contracts_json, function_archive
from contracts import Contracts
from tests.components import parts
from tests.components.mock_engine import NAMES, deploy

AGREED = Contracts(sources=(parts.source("trips", "files"),), products=())


def test_every_job_s_script_is_brought_with_what_it_imports() -> None:
    made = deploy(parts.code)
    keys = {each.inputs["key"] for each in made.of("BucketObjectv2")}
    scripts = {f"jobs/{path.name}" for path in Path("workloads/jobs").glob("*.py") if path.name != "__init__.py"}
    assert keys == {*scripts, "lib/records.py", "contracts.json"}
    assert {each.inputs["bucket"] for each in made.of("BucketObjectv2")} == {NAMES.bucket("code")}


def test_addresses_are_known_before_the_bucket_is_there() -> None:
    found: list[str] = []
    deploy(lambda: found.extend([(made := parts.code()).script("landing_intake"), made.libraries, made.contracts]))
    bucket = f"s3://{NAMES.bucket('code')}"
    assert found == [
        f"{bucket}/jobs/landing_intake.py",
        f"{bucket}/jobs/lake.py,{bucket}/lib/records.py",
        f"{bucket}/contracts.json",
    ]


def test_functions_and_jobs_read_the_same_contracts() -> None:
    document = contracts_json(AGREED)
    assert json.loads(document) == AGREED.document()
    asset = function_archive("landing_files", AGREED).assets["contracts.json"]
    assert isinstance(asset, pulumi.StringAsset)
    assert asset.text == document


def test_a_function_s_zip_has_its_handler_beside_the_validator() -> None:
    for function in ("landing_files", "landing_stream", "end_use_api"):
        assert set(function_archive(function, AGREED).assets) == {"handler.py", "records.py", "contracts.json"}


def test_a_function_s_zip_has_the_texts_that_it_alone_reads() -> None:
    asset = function_archive("end_use_api", AGREED, {"marts.json": "{}"}).assets["marts.json"]
    assert isinstance(asset, pulumi.StringAsset)
    assert asset.text == "{}"
