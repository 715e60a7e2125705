import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.names import LakeLayer
from components.platform import Platform
from components.portal import BLUEPRINT, Portal, PortalArgs, PortalError
from components.portal_access import enters, for_domain, runs_domain, uses_domain_key
from components.portal_templates import members, sources
from components.portal_terms import glossaries
from components.shelf import Shelf, ShelfArgs
from components.tables import iceberg_table
from contracts import Contracts, Field
from embedded.provider import templates
from settings import Portal as PortalSettings
from tests.components import parts
from tests.components.mock_engine import ACCOUNT, NAMES, Recording, deploy, resolved

ROLE = f"arn:aws:iam::{ACCOUNT}:role"
DOMAIN = f"arn:aws:datazone:eu-west-1:{ACCOUNT}:domain/dzd_2b4d6f"


def guarded() -> Contracts:
    """The project's contracts, one mart of which has a confidential column."""
    agreed = parts.all_contracts()
    secret = Field(name="complaints", type="integer", classification="confidential")
    products = [
        replace(each, fields=(*each.fields, secret)) if each.name == "routes" else each for each in agreed.products
    ]
    return Contracts(sources=agreed.sources, products=tuple(products))


def shelf(on: Platform, layer: LakeLayer) -> Shelf:
    contracts = [each for each in on.contracts.products if each.layer == layer]
    return Shelf(
        layer, ShelfArgs(platform=on, layer=layer, contracts=contracts, table=iceberg_table, key_arn=parts.KEY)
    )


def portal(chosen: PortalSettings | None = None, keep: bool = False, people: bool = True) -> Recording:
    def program() -> None:
        on = parts.platform(agreed=guarded(), portal=True, keep=keep)
        roles = {
            "analysts": pulumi.Output.from_input(f"{ROLE}/analyst"),
            "stewards": pulumi.Output.from_input(f"{ROLE}/steward"),
        }
        args = PortalArgs(
            platform=on,
            portal=chosen or PortalSettings(),
            shelves=[shelf(on, "integrated"), shelf(on, "refined")],
            people=roles if people else {},  # type: ignore[arg-type]
        )
        Portal("portal", args)

    return deploy(program)


@pytest.fixture(scope="module")
def made() -> Recording:
    return portal()


def template(made: Recording, what: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(made.one("Stack", what).inputs["templateBody"])
    return body


def test_a_stack_without_a_portal_has_nothing_of_it() -> None:
    without = portal(PortalSettings(enabled=False))
    assert [each.type for each in without.registrations if each.parent == "portal"] == []
    assert not [each for each in without.registrations if "datazone" in each.type or "cloudformation" in each.type]


def test_the_domain_is_of_the_first_version_and_encrypted_with_the_portals_own_key(made: Recording) -> None:
    domain = made.one("Domain").inputs
    assert domain["domainVersion"] == "V1"
    key = made.one("kms/alias:Alias", "keys-portal").inputs["targetKeyId"]
    assert domain["kmsKeyIdentifier"].endswith(f"/{key}")
    assert "singleSignOn" not in domain, "a new domain asks for nothing that the account may not have"


def test_people_can_come_in_by_identity_center_where_it_is_chosen() -> None:
    domain = portal(PortalSettings(sign_in="identity_center")).one("Domain").inputs
    assert domain["singleSignOn"] == {"type": "IAM_IDC", "userAssignment": "MANUAL"}


def test_the_key_bears_the_tag_by_which_environments_may_use_it(made: Recording) -> None:
    assert made.one("kms/key:Key", "keys-portal").inputs["tags"] == {"AmazonDataZoneEnvironment": "All"}
    assert "tags" not in made.one("kms/key:Key", "keys-refined").inputs


def test_what_people_wrote_in_the_portal_of_a_protected_stack_can_not_be_destroyed() -> None:
    kept = portal(keep=True)
    assert kept.one("Domain").protect
    assert [kept.one(each).inputs["skipDeletionCheck"] for each in ("Domain", "datazone/project:Project")] == [
        False
    ] * 2
    assert not portal().one("Domain").protect


def test_each_role_of_datazone_has_the_policy_that_aws_keeps_for_it(made: Recording) -> None:
    managed = {each.name: each.inputs["policyArn"].rpartition("/")[2] for each in made.of("RolePolicyAttachment")}
    assert managed == {
        "lake-portal": "AmazonDataZoneRedshiftGlueProvisioningPolicy",
        "portal": "AmazonDataZoneDomainExecutionRolePolicy",
        "portal-access": "AmazonDataZoneGlueManageAccessRolePolicy",
    }


def test_the_role_that_provisions_is_an_administrator_of_the_lake(made: Recording) -> None:
    admins = made.one("DataLakeSettings").inputs["admins"]
    assert admins == [parts.BUILDER, f"{ROLE}/medallion-dev-portal-provisioning"]
    configured = made.one("EnvironmentBlueprintConfiguration").inputs
    assert configured["provisioningRoleArn"] == admins[1]
    assert "lake" in made.one("datazone/environment:Environment").depends_on


def test_a_lake_without_the_role_is_told_so() -> None:
    def program() -> None:
        on = parts.platform()
        Portal("portal", PortalArgs(platform=on, portal=PortalSettings(), shelves=[], people={}))

    with pytest.raises(PortalError, match="give LakeArgs portal=True"):
        deploy(program)


def test_an_environment_is_made_of_the_blueprint_once_it_is_enabled(made: Recording) -> None:
    configured = made.one("EnvironmentBlueprintConfiguration")
    assert BLUEPRINT == "DefaultDataLake"
    assert configured.inputs["enabledRegions"] == ["eu-west-1"]
    assert configured.inputs["regionalParameters"] == {"eu-west-1": {"S3Location": f"s3://{NAMES.bucket('portal')}"}}
    profile, environment = made.one("EnvironmentProfile"), made.one("datazone/environment:Environment")
    assert configured.name in profile.depends_on
    assert profile.name in environment.depends_on
    assert environment.inputs["timeouts"]["create"] == "30m"
    names = {each["name"]: each["value"] for each in environment.inputs["userParameters"]}
    assert names == {
        "producerGlueDbName": "medallion_dev_portal_published",
        "consumerGlueDbName": "medallion_dev_portal_subscribed",
        "workgroupName": "medallion-dev-portal",
    }


def test_only_the_portals_own_bucket_lets_environments_in_from_outside(made: Recording) -> None:
    (deny,) = [each for each in made.document("BucketPolicy", "portal") if each["Sid"] == "OnlyThroughOurEndpoints"]
    assert deny["Condition"]["ArnNotLikeIfExists"]["aws:PrincipalArn"] == [
        parts.BUILDER,
        f"{ROLE}/medallion-dev-portal-provisioning",
        f"{ROLE}/datazone_usr_*",
    ]
    assert "datazone" not in json.dumps(made.document("BucketPolicy", "refined"))


def test_there_is_a_source_for_each_database_with_the_tables_that_have_a_contract(made: Recording) -> None:
    found = {
        each["Properties"]["Name"]: each["Properties"]
        for each in template(made, "portal-sources")["Resources"].values()
    }
    assert set(found) == {"medallion_dev_integrated", "medallion_dev_refined"}
    run = found["medallion_dev_refined"]["Configuration"]["GlueRunConfiguration"]
    (filtered,) = run["RelationalFilterConfigurations"]
    assert filtered["DatabaseName"] == "medallion_dev_refined"
    assert {each["Expression"] for each in filtered["FilterExpressions"]} == {
        "delay_by_weather",
        "published_airports",
        "punctuality_by_carrier",
        "routes",
    }
    assert all(each["PublishOnImport"] for each in found.values())
    assert found["medallion_dev_refined"]["Schedule"] == {"Schedule": "cron(30 8 * * ? *)", "Timezone": "UTC"}


def test_sources_run_when_they_are_told_to() -> None:
    body = json.loads(sources({"a_refined": ["routes"]}, "03:05"))
    assert body["Resources"]["ARefined"]["Properties"]["Schedule"]["Schedule"] == "cron(5 3 * * ? *)"


def test_a_source_runs_once_its_role_may_see_the_tables(made: Recording) -> None:
    stack = made.one("Stack", "portal-sources")
    granted = {each.name for each in made.of("lakeformation/permissions:Permissions") if each.parent == "portal"}
    assert granted <= stack.depends_on
    assert {"portal-refined-database", "portal-refined-routes-table"} <= granted
    assert stack.inputs["onFailure"] == "DELETE"
    assert set(stack.inputs["parameters"]) == {"Domain", "Project", "Environment", "AccessRole"}


def test_what_has_a_guarded_column_can_be_found_and_is_not_handed_out(made: Recording) -> None:
    grants = {
        each.name: each.inputs for each in made.of("lakeformation/permissions:Permissions") if each.parent == "portal"
    }
    assert "portal-refined-routes-rows" not in grants
    sees = grants["portal-refined-routes-table"]
    assert (sees["permissions"], sees["permissionsWithGrantOptions"]) == (["DESCRIBE"], ["DESCRIBE"])
    reads = grants["portal-refined-delay_by_weather-rows"]
    assert (reads["permissions"], reads["permissionsWithGrantOptions"]) == (["SELECT"], ["SELECT"])
    assert reads["tableWithColumns"]["wildcard"] is True
    assert all(each["principal"] == f"{ROLE}/medallion-dev-portal-access" for each in grants.values())


def test_terms_are_those_of_the_contracts_and_domains_are_put_on_the_environment(made: Recording) -> None:
    terms = {each.name: each.inputs for each in made.of("GlossaryTerm")}
    assert set(terms) == {
        "portal-domains-aviation",
        *(f"portal-sensitivities-{each}" for each in ("public", "internal", "confidential", "restricted")),
    }
    assert terms["portal-domains-aviation"]["shortDescription"].startswith("Owns delay_by_weather, flights_enriched")
    assert len(made.one("datazone/environment:Environment").inputs["glossaryTerms"]) == 1


def test_each_sensitivity_says_who_reads_it() -> None:
    (_, meanings) = glossaries(parts.all_contracts().products)["sensitivities"]
    assert list(meanings.values()) == [
        "Every analyst reads it",
        "Every analyst reads it",
        "Stewards read it, and let others",
        "Read by whom the lake's administrators let",
    ]


def test_the_roles_of_people_are_members_and_may_open_the_portal(made: Recording) -> None:
    assert set(made.one("Stack", "portal-members").inputs["parameters"]) == {
        "Domain",
        "Project",
        "Analysts",
        "Stewards",
    }
    found = template(made, "portal-members")["Resources"]
    assert found["StewardsMembership"]["Properties"]["Designation"] == "PROJECT_OWNER"
    assert found["AnalystsMembership"]["Properties"]["Designation"] == "PROJECT_CATALOG_CONSUMER"
    assert found["AnalystsMembership"]["Properties"]["Member"] == {
        "UserIdentifier": {"Fn::GetAtt": ["AnalystsProfile", "Id"]}
    }
    assert made.one("RolePolicy", "portal-analysts").inputs["role"] == "analyst"


def test_without_roles_of_people_nobody_is_made_a_member() -> None:
    assert [each.name for each in portal(people=False).of("Stack")] == ["portal-sources"]


def test_cloudformation_has_nothing_against_the_templates() -> None:
    for body in (sources({"a_refined": ["routes"]}, "08:30"), members(["analysts", "engineers", "stewards"])):
        assert templates.faults(body) == ()
        assert templates.capabilities(templates.parse(body)) == {}


def test_datazone_takes_its_roles_for_this_account_and_domain_alone() -> None:
    runs, shares = runs_domain(NAMES), for_domain(NAMES, DOMAIN)
    assert runs["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert runs["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert shares["Action"] == "sts:AssumeRole"
    assert shares["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": DOMAIN},
    }


def test_people_enter_this_domain_and_use_its_key_for_nothing_else() -> None:
    statements = {each["Sid"]: each for each in resolved(enters(DOMAIN, parts.KEY))}
    assert statements["Portal"]["Resource"] == [DOMAIN]
    assert statements["Portals"]["Action"] == ["datazone:ListDomains"]
    assert [each for each in statements if statements[each]["Resource"] == ["*"]] == ["Portals"]
    (_, used) = uses_domain_key(parts.KEY)
    assert used["Condition"] == {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:datazone:domainId"}}
