"""What is right in other ways than on the hand-made platform: other writings, other networks, other choices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policy.rules import RULES
from policy.templates import TemplateError, resources
from tests.policy.court import Made, Ruling, ruling
from tests.policy.pieces import ACCOUNT, allow, document, no_plain_http, outsiders
from tests.policy.platform import platform
from tests.policy.platform_edge import template
from tests.policy.spoiling import Platform, advanced, guard, may

LISTENER = "aws:lb/listener:Listener"


def by(rule: str, made: Platform, **config: Any) -> Ruling:
    """What one rule says of a platform."""
    return ruling(made.values(), [each for each in RULES if each.id == rule], config=config or None)


def holds(rule: str, made: Platform, **config: Any) -> bool:
    found = by(rule, made, **config)
    return not found.violated and not found.undecided


def test_a_bucket_may_leave_it_to_access_points_of_named_accounts_who_reads_it() -> None:
    made = platform()
    through = {"StringEquals": {"s3:DataAccessPointAccount": ["036905324694", "108584782536"]}}
    statement = allow("s3:GetObject", Principal={"AWS": "*"}, Condition=through)
    made["lake-policy"].props["policy"] = document(statement)
    assert holds("no-wildcard-principal", made)
    made["queue-policy"].props["policy"] = document(statement)
    assert not holds("no-wildcard-principal", made)


def test_a_perimeter_may_let_access_points_of_named_accounts_in() -> None:
    made = platform()
    points = {"aws:SourceVpce": ["vpce-s3"], "s3:DataAccessPointAccount": ["036905324694"]}
    guard(Condition={"StringNotEqualsIfExists": points})(made)
    assert holds("s3-perimeter", made)


def elsewhere() -> Platform:
    """A function and a bucket in a network of another stack's, with an endpoint that is not seen here."""
    kept = ("function", "function-role", "function-role-may", "workloads-group", "lake", "lake-policy", "mapping")
    made = {key: each for key, each in platform().items() if key in kept}
    made["way-out"] = Made(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "way-out",
        {
            "securityGroupId": "sg-workloads",
            "ipProtocol": "tcp",
            "fromPort": 443.0,
            "toPort": 443.0,
            "cidrIpv4": "10.0.0.0/8",
        },
    )
    return made


def test_in_a_network_of_another_stack_s_a_bucket_names_an_endpoint_all_the_same() -> None:
    made = elsewhere()
    assert holds("s3-perimeter", made)
    for statements in (
        [outsiders("lake", "vpc-1")],
        [no_plain_http("s3", "arn:aws:s3:::lake", "arn:aws:s3:::lake/*")],
    ):
        made["lake-policy"].props["policy"] = document(*statements)
        assert not holds("s3-perimeter", made)


def test_without_a_network_there_is_no_perimeter_to_ask_for() -> None:
    made = {key: each for key, each in platform().items() if key in ("lake", "lake-policy")}
    assert "s3-perimeter" in by("s3-perimeter", made).not_applicable


def test_in_a_network_of_another_stack_s_calls_stay_private_where_nothing_gets_out() -> None:
    made = elsewhere()
    assert holds("endpoints-closed", made)
    made["way-out"].props["cidrIpv4"] = "0.0.0.0/0"
    messages = by("endpoints-closed", made).violated["endpoints-closed"]
    for missing in (
        "no interface endpoint for glue is in its VPC",
        "no gateway endpoint for s3 is known where it runs",
    ):
        assert any(missing in message for message in messages), messages


def test_in_a_network_of_another_stack_s_no_group_shows_that_nothing_gets_out() -> None:
    made = elsewhere()
    del made["workloads-group"]
    assert not holds("endpoints-closed", made)


def test_a_listener_in_clear_may_redirect_to_https() -> None:
    redirect = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
    made = {"plain": Made(LISTENER, "plain", {"protocol": "HTTP", "defaultActions": [redirect]})}
    assert holds("lb-tls", made)
    assert holds("lb-authenticated", made)
    redirect["redirect"] = {"protocol": "HTTP"}
    assert not holds("lb-tls", made)


def test_client_certificates_tell_a_load_balancer_who_asks() -> None:
    made = platform()
    made["listener"].props |= {"defaultActions": [{"type": "forward"}], "mutualAuthentication": {"mode": "verify"}}
    assert holds("lb-authenticated", made)
    made["listener"].props["mutualAuthentication"] = {"mode": "passthrough"}
    assert not holds("lb-authenticated", made)


def test_what_is_internal_needs_no_firewall_and_may_know_its_callers_otherwise() -> None:
    made = platform()
    for key in ("balancer-firewalled", "stage-firewalled", "graphql-firewalled"):
        del made[key]
    made["balancer"].props["internal"] = True
    made["graphql"].props["visibility"] = "PRIVATE"
    made["api"].props["endpointConfiguration"] = {"types": "PRIVATE"}
    made["listener"].props["defaultActions"] = [{"type": "forward"}]
    assert holds("edge-firewalled", made)
    assert holds("lb-authenticated", made)


def test_network_load_balancers_read_no_requests() -> None:
    made = {
        "balancer": Made("aws:lb/loadBalancer:LoadBalancer", "door", {"loadBalancerType": "network"}),
        "listener": Made(LISTENER, "door", {"protocol": "TLS", "defaultActions": [{"type": "forward"}]}),
    }
    for rule in ("lb-strict", "lb-authenticated", "edge-firewalled"):
        assert rule in by(rule, made).not_applicable


def test_a_stack_s_settings_name_further_actions_without_resources() -> None:
    made = platform()
    may("job-role", "polly:DescribeVoices", resource="*")(made)
    assert not holds("iam-no-unscoped-resource", made)
    assert holds("iam-no-unscoped-resource", made, also={"polly:DescribeVoices": "lists what Polly has"})


def test_a_condition_on_the_tags_of_resources_names_them_too() -> None:
    made = platform()
    tagged = {"StringEquals": {"aws:ResourceTag/project": "shop"}}
    may("job-role", "ec2:StartInstances", resource="*", Condition=tagged)(made)
    assert holds("iam-no-unscoped-resource", made)


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"StringEquals": {"sts:ExternalId": "a7f3"}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/sso/*"}},
        {"StringEquals": {"aws:PrincipalType": ["AssumedRole", "FederatedUser"]}},
    ],
)
def test_a_whole_account_may_take_a_role_where_the_trust_asks_who_calls(condition: dict[str, Any]) -> None:
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole", "Condition": condition}
    made = {"role": Made("aws:iam/role:Role", "role", {"assumeRolePolicy": document(trust)})}
    assert holds("trust-not-whole-account", made)


def test_jobs_may_hold_everything_of_a_table_and_read_columns_that_are_guarded() -> None:
    made = platform()
    made["lake-grant"].props |= {
        "permissions": ["ALL", "SELECT"],
        "table": {"databaseName": "refined", "name": "flights"},
    }
    assert holds("lake-people-not-all", made)
    assert holds("lake-guarded-columns", made)


def test_a_filter_may_show_all_but_the_columns_that_are_guarded() -> None:
    made = platform()
    del made["filter"].props["tableData"]["columnNames"]
    made["filter"].props["tableData"]["columnWildcard"] = {"excludedColumnNames": ["tailnum"]}
    assert holds("lake-guarded-columns", made)


def test_settings_say_which_tags_guard_nothing() -> None:
    made = platform()
    made["filter"].props["tableData"]["columnNames"] = ["tailnum"]
    assert not holds("lake-guarded-columns", made)
    assert holds("lake-guarded-columns", made, open=["confidential"])


def test_settings_say_what_templates_may_make() -> None:
    made = platform()
    found = template()
    found["Resources"]["Catalog"] = {"Type": "AWS::ServiceCatalog::Portfolio"}
    made["quicksight-warehouse"].props["templateBody"] = json.dumps(found)
    assert not holds("template-transparent", made)
    assert holds("template-transparent", made, types=["AWS::QuickSight::*", "AWS::ServiceCatalog::*"])


def test_templates_are_read_in_yaml_with_its_short_forms() -> None:
    body = """
Resources:
  Source:
    Type: AWS::QuickSight::DataSource
    Properties:
      Type: REDSHIFT
      VpcConnectionProperties: {VpcConnectionArn: !Ref Connection}
      Name: !Join ["-", [a, !GetAtt B.C]]
      Tags: !Transform {Name: Macro}
"""
    (source,) = resources(body)
    assert (source.name, source.type) == ("Source", "AWS::QuickSight::DataSource")
    assert source.get("VpcConnectionProperties.VpcConnectionArn") == {"Ref": "Connection"}
    assert source.get("Type.deeper") is None


@pytest.mark.parametrize("body", ["{", "[]", "Resources: 1", "a: [b"])
def test_a_template_that_can_t_be_read_violates_what_asks_for_it(body: str) -> None:
    with pytest.raises(TemplateError):
        resources(body)
    made = {"stack": Made("aws:cloudformation/stack:Stack", "stack", {"templateBody": body})}
    assert (
        "the rule itself failed (TemplateError" in by("template-transparent", made).violated["template-transparent"][0]
    )


def test_a_trail_that_leaves_calls_out_of_one_selector_may_record_all_in_another() -> None:
    made = platform()
    advanced()(made)
    selectors = made["trail"].props["advancedEventSelectors"]
    partial = [*selectors[0]["fieldSelectors"], {"field": "eventName", "notEquals": ["PutObject"]}]
    selectors.append({"fieldSelectors": partial})
    assert holds("data-recorded", made)


def test_what_imports_nothing_needs_no_key_of_quicksight_s() -> None:
    made = {"data-set": Made("aws:quicksight/dataSet:DataSet", "direct", {"importMode": "DIRECT_QUERY"})}
    assert "quicksight-customer-key" in by("quicksight-customer-key", made).not_applicable
