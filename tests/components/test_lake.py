import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.lake import LAYERS, READS, WRITES, grants, tag_values
from components.names import LakeLayer
from contracts import SENSITIVITIES
from settings import Account
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

SOME = st.lists(st.sampled_from(LAYERS), unique=True)


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(parts.lake)


def test_who_deploys_administers_the_lake(made: Recording) -> None:
    assert made.one("DataLakeSettings").inputs["admins"] == [parts.BUILDER]


def test_an_account_s_own_settings_are_left_where_the_stack_says_so() -> None:
    left = deploy(lambda: parts.lake(account=Account(lake_formation="leave", catalog_encryption="leave")))
    assert not left.of("DataLakeSettings")
    assert not left.of("DataCatalogEncryptionSettings")
    assert not [each for each in left.of("iam/role:Role") if each.name == "lake-catalog"], "nothing would take it up"
    assert left.of("LfTag")
    assert left.of("iam/role:Role")


def test_tags_and_locations_wait_until_who_deploys_is_an_administrator(made: Recording) -> None:
    assert all("lake" in each.depends_on for each in made.of("LfTag"))
    assert "lake" in made.one("iam/role:Role", "lake-access").depends_on


def test_the_catalog_is_encrypted_by_a_role_so_that_readers_need_no_key(made: Recording) -> None:
    settings = made.one("DataCatalogEncryptionSettings").inputs["dataCatalogEncryptionSettings"]
    assert settings["encryptionAtRest"]["catalogEncryptionMode"] == "SSE-KMS-WITH-SERVICE-ROLE"
    assert settings["connectionPasswordEncryption"]["returnConnectionPasswordEncrypted"] is True


def test_there_is_a_tag_for_layer_sensitivity_and_domain(made: Recording) -> None:
    tags = {each.inputs["key"]: each.inputs["values"] for each in made.of("LfTag")}
    assert tags == {
        "medallion-dev-layer": list(LAYERS),
        "medallion-dev-sensitivity": list(SENSITIVITIES),
        "medallion-dev-domain": ["aviation", "trains", "weather"],
    }


def test_the_role_that_lake_formation_lends_may_not_change_raw_objects(made: Recording) -> None:
    statements = made.document("RolePolicy", "lake-access")
    writable = {arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]}
    assert writable == {f"{NAMES.bucket_arn(layer)}/*" for layer in ("intermediate", "integrated", "refined")}


def test_that_role_reads_rejects_and_nothing_else_of_landing(made: Recording) -> None:
    statements = made.document("RolePolicy", "lake-access")
    read = {arn for each in statements if "s3:GetObject" in each["Action"] for arn in each["Resource"]}
    assert [arn for arn in read if "-landing-" in arn] == [f"{NAMES.bucket_arn('landing')}/quarantine/*"]


def test_domains_are_said_once_each() -> None:
    assert tag_values(["b", "a", "b"])["domain"] == ("a", "b")


@given(reads=SOME, writes=SOME, creates=SOME)
def test_each_layer_is_granted_once_and_as_widely_as_asked(
    reads: list[LakeLayer], writes: list[LakeLayer], creates: list[LakeLayer]
) -> None:
    found = {layer: (on_database, on_tables) for layer, on_database, on_tables in grants(reads, writes, creates)}
    assert len(found) == len(grants(reads, writes, creates))
    assert set(found) == {*reads, *writes, *creates}
    for layer, (on_database, on_tables) in found.items():
        assert ("CREATE_TABLE" in on_database) is (layer in creates)
        assert on_tables == (WRITES if layer in (*writes, *creates) else READS)
