import json
from dataclasses import replace

import pytest

from components.bucket import Bucket
from components.exchange import (
    ACCESS_POINT_ACCOUNTS,
    ExchangeError,
    Offer,
    OfferArgs,
    Subscriptions,
    SubscriptionsArgs,
    delegates,
    destinations,
    dictionary,
    exports_into,
    offers,
    public,
)
from components.marts import marts
from components.refined import Refined, RefinedArgs
from components.warehouse import Warehouse, WarehouseArgs
from contracts import Contract, Field
from settings import Account, Entitlement, QuickSight
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy, resolved

ENTITLED = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"
PLANES = Entitlement(data_set_id=ENTITLED, contract="planes")


def sources() -> tuple[Contract, ...]:
    return parts.all_contracts().sources


@pytest.fixture(scope="module")
def taken() -> Recording:
    def program() -> None:
        on = parts.platform()
        bucket: Bucket = parts.bucket("landing")
        Subscriptions("landing", SubscriptionsArgs(platform=on, entitlements=[PLANES], bucket=bucket))

    return deploy(program)


def offer(keep: bool = False) -> Recording:
    def program() -> None:
        on = parts.platform(keep=keep)
        Offer("offer", OfferArgs(platform=on, marts=marts(on.contracts)))

    return deploy(program)


@pytest.fixture(scope="module")
def offered() -> Recording:
    return offer()


def test_a_revision_goes_where_the_contracts_files_are_taken_from(taken: Recording) -> None:
    action = taken.one("EventAction").inputs
    assert action["event"] == {"revisionPublished": {"dataSetId": ENTITLED}}
    exported = action["action"]["exportRevisionToS3"]
    assert exported["revisionDestination"] == {
        "bucket": NAMES.bucket("landing"),
        "keyPattern": "exchange/planes/${Revision.Id}/${Asset.Name}",
    }
    assert exported["encryption"]["type"] == "aws:kms"


def test_data_exchange_tries_a_bucket_whose_policy_stands(taken: Recording) -> None:
    assert "landing" in taken.one("EventAction").depends_on


@pytest.mark.parametrize("contract", ["ships", "flights", "weather"])
def test_only_a_contract_that_is_delivered_by_exchange_is_taken_in(contract: str) -> None:
    with pytest.raises(
        ExchangeError, match=f"contract is '{contract}'; it must be one whose delivery is exchange"
    ) as told:
        destinations([Entitlement(data_set_id=ENTITLED, contract=contract)], sources())
    assert "airlines, airports, planes" in str(told.value)


def test_a_data_set_is_taken_in_once() -> None:
    twice = [PLANES, Entitlement(data_set_id=ENTITLED, contract="airlines")]
    with pytest.raises(ExchangeError, match=f"data_set_id is {ENTITLED} 2 times"):
        destinations(twice, sources())


def test_all_that_does_not_fit_is_told_at_once() -> None:
    wrong = [Entitlement(data_set_id=each, contract="ships") for each in (ENTITLED, OTHER)]
    with pytest.raises(ExchangeError) as told:
        destinations(wrong, sources())
    assert len(str(told.value).splitlines()) == 2


def test_data_exchange_may_write_what_it_exports_and_its_trial_and_nothing_else() -> None:
    (statement,) = resolved(exports_into(NAMES, ["exchange/planes/"]))
    landing = NAMES.bucket_arn("landing")
    assert statement["Resource"] == [f"{landing}/_ADX-TEST-*", f"{landing}/exchange/planes/*"]
    assert statement["Principal"] == {"Service": "dataexchange.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert exports_into(NAMES, []) == [], "without an entitlement nobody exports"


def test_what_is_offered_is_a_bucket_of_its_own_with_its_keys_grants(offered: Recording) -> None:
    assert offered.one("DataSet").inputs["assetType"] == "S3_DATA_ACCESS"
    revision = offered.one("RevisionAssets")
    (asset,) = revision.inputs["assets"]
    source = asset["createS3DataAccessFromS3Bucket"]["assetSource"]
    assert source["bucket"] == NAMES.bucket("shared")
    key = offered.one("kms/alias:Alias", "keys-refined").inputs["targetKeyId"]
    assert source["kmsKeysToGrants"][0]["kmsKeyArn"].endswith(f"/{key}")
    assert revision.inputs["finalized"] is True
    assert "offer" in revision.depends_on


def test_an_offer_of_a_protected_stack_is_not_taken_back_by_force() -> None:
    assert offer(keep=True).one("RevisionAssets").inputs["forceDestroy"] is False
    assert offer().one("RevisionAssets").inputs["forceDestroy"] is True


def test_subscribers_come_through_data_exchange_and_past_the_perimeter_of_this_bucket_alone(offered: Recording) -> None:
    policies = {each.name: offered.document("BucketPolicy", each.name) for each in offered.of("BucketPolicy")}
    (deny,) = [each for each in policies.pop("offer") if each["Sid"] == "OnlyThroughOurEndpoints"]
    condition = deny["Condition"]["StringNotEqualsIfExists"]
    assert condition["s3:DataAccessPointAccount"] == list(ACCESS_POINT_ACCOUNTS)
    assert condition["aws:SourceVpce"] == ["vpce-1"]
    assert "DataAccessPointAccount" not in json.dumps(policies)


def test_subscribers_read_and_nothing_else() -> None:
    (statement,) = delegates(NAMES)
    assert statement["Action"] == ["s3:GetObject", "s3:ListBucket"]
    assert statement["Condition"] == {"StringEquals": {"s3:DataAccessPointAccount": list(ACCESS_POINT_ACCOUNTS)}}
    assert len(set(ACCESS_POINT_ACCOUNTS)) == 11


def test_the_job_replaces_what_is_offered_and_reaches_no_other_bucket() -> None:
    statements = resolved(offers(NAMES))
    assert {arn.removesuffix("/*") for each in statements for arn in each["Resource"]} == {NAMES.bucket_arn("shared")}
    actions = {action for each in statements for action in each["Action"]}
    assert "s3:PutObject" in actions
    assert not {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket"} & actions, "it is put there in one piece"


def test_only_marts_of_which_every_column_is_public_leave_the_company() -> None:
    open_mart, *_ = marts(parts.all_contracts())
    internal = replace(open_mart, name="own", fields=(Field(name="cost", type="number", classification="internal"),))
    assert public([open_mart, internal]) == [open_mart]
    with pytest.raises(ExchangeError, match="there must be a mart with public columns only"):
        public([internal])


def test_what_somebody_else_delivered_is_not_offered() -> None:
    offered = {mart.name for mart in public(marts(parts.all_contracts()))}
    assert "routes" in offered
    assert "published_airports" not in offered


def test_subscribers_find_what_each_folder_holds() -> None:
    described = json.loads(dictionary(marts(parts.all_contracts())))["data_sets"]
    routes = next(each for each in described if each["name"] == "routes")
    assert routes["folder"] == "routes/"
    assert routes["key"] == ["origin", "dest"]
    assert {"name": "origin", "type": "string", "description": "Airport of departure"} in routes["columns"]


@pytest.mark.parametrize("publish", [True, False])
def test_the_job_is_told_what_to_copy_where_something_is_offered(publish: bool) -> None:
    def program() -> None:
        on = parts.platform()
        warehouse = Warehouse("warehouse", WarehouseArgs(platform=on, size=parts.REDSHIFT, key_arn=parts.KEY))
        args = RefinedArgs(
            platform=on,
            warehouse=warehouse,
            star=parts.star(on, warehouse),
            account=Account(),
            quicksight=QuickSight(enabled=False),
            workgroup=None,
            tables={},
            publish=publish,
        )
        Refined("refined", args)

    made = deploy(program)
    arguments = made.one("glue/job:Job", "refined-marts").inputs["defaultArguments"]
    may = json.dumps(made.document("RolePolicy", "refined-marts"))
    if publish:
        assert arguments["--shared_bucket"] == NAMES.bucket("shared")
        assert arguments["--shared"] == "delay_by_weather,punctuality_by_carrier,routes"
    else:
        assert not [each for each in arguments if each.startswith("--shared")]
        assert not made.of("dataexchange/dataSet:DataSet")
    assert (NAMES.bucket_arn("shared") in may) is publish
