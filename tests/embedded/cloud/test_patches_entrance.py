"""What stands before the platform: refusals of AWS's at a first deployment that moto lacks."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, two_subnets, unique
from tests.embedded.provider.cases.pem import OTHER_SITE, SITE

SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


@pytest.fixture
def balancer(aws: Aws) -> str:
    ec2 = aws.client("ec2")
    vpc, (first, _) = two_subnets(aws)
    zone = ec2.describe_subnets(SubnetIds=[first])["Subnets"][0]["AvailabilityZone"]
    other = next(each for each in ("eu-central-1a", "eu-central-1b") if each != zone)
    second = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.7.0/24", AvailabilityZone=other)["Subnet"]["SubnetId"]
    made = aws.client("elbv2").create_load_balancer(Name=unique(), Subnets=[first, second])
    arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
    return arn


def _attribute(aws: Aws, balancer: str, **attributes: str) -> None:
    wanted = [{"Key": key.replace("__", "."), "Value": value} for key, value in attributes.items()]
    aws.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=wanted)


def test_a_load_balancer_wants_two_zones_and_a_name_of_its_own(aws: Aws, balancer: str) -> None:
    elb = aws.client("elbv2")
    held = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"][0]
    subnets = [each["SubnetId"] for each in held["AvailabilityZones"]]
    with pytest.raises(ClientError, match="two different Availability Zones"):
        elb.create_load_balancer(Name=unique(), Subnets=subnets[:1])
    with pytest.raises(ClientError, match="DuplicateLoadBalancerName"):
        elb.create_load_balancer(Name=held["LoadBalancerName"], Subnets=subnets)


def test_a_protected_load_balancer_is_not_deleted(aws: Aws, balancer: str) -> None:
    _attribute(aws, balancer, deletion_protection__enabled="true")
    with pytest.raises(ClientError, match="deletion protection is enabled"):
        aws.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)
    _attribute(aws, balancer, deletion_protection__enabled="false")
    aws.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)


def test_access_logs_go_only_where_the_bucket_lets_them(aws: Aws, balancer: str) -> None:
    bucket = aws.bucket()
    logs = {"access_logs__s3__enabled": "true", "access_logs__s3__bucket": bucket}
    with pytest.raises(ClientError, match=f"Access Denied for bucket: {bucket}"):
        _attribute(aws, balancer, **logs)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/alb/AWSLogs/{ACCOUNT}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    _attribute(aws, balancer, **logs)


def test_a_certificate_is_issued_once_its_record_exists_and_shown_only_then(aws: Aws, balancer: str) -> None:
    acm, elb, dns = aws.client("acm"), aws.client("elbv2"), aws.client("route53")
    domain = f"{unique()}.example.net"
    arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS", KeyAlgorithm="EC_prime256v1")[
        "CertificateArn"
    ]
    found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (found["Status"], found["KeyAlgorithm"]) == ("PENDING_VALIDATION", "EC_prime256v1")
    assert "IssuedAt" not in found
    listener: dict[str, Any] = {
        "LoadBalancerArn": balancer,
        "Protocol": "HTTPS",
        "Port": 443,
        "Certificates": [{"CertificateArn": arn}],
        "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    }
    with pytest.raises(ClientError, match="UnsupportedCertificate"):
        elb.create_listener(**listener)

    record = found["DomainValidationOptions"][0]["ResourceRecord"]
    zone = dns.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    proof = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": proof}]}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    elb.create_listener(**listener)
    with pytest.raises(ClientError, match="DuplicateListener"):
        elb.create_listener(**listener)


def test_a_key_that_does_not_fit_its_certificate_is_refused_and_a_new_one_keeps_the_tags(aws: Aws) -> None:
    acm = aws.client("acm")
    body = SITE["certificateBody"].encode()
    with pytest.raises(ClientError, match="does not match"):
        acm.import_certificate(Certificate=body, PrivateKey=OTHER_SITE["privateKey"].encode())
    tags = [{"Key": "team", "Value": "data"}]
    arn = acm.import_certificate(Certificate=body, PrivateKey=SITE["privateKey"].encode(), Tags=tags)["CertificateArn"]
    other = {"Certificate": OTHER_SITE["certificateBody"].encode(), "PrivateKey": OTHER_SITE["privateKey"].encode()}
    acm.import_certificate(CertificateArn=arn, **other)
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == tags


def test_a_web_acl_that_stands_before_something_is_not_deleted_and_a_resource_has_one(aws: Aws, balancer: str) -> None:
    waf = aws.client("wafv2")
    first, second = (
        waf.create_web_acl(Name=unique(), Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN)[
            "Summary"
        ]
        for _ in range(2)
    )
    waf.associate_web_acl(WebACLArn=first["ARN"], ResourceArn=balancer)
    members = {"Name": first["Name"], "Scope": "REGIONAL", "Id": first["Id"], "LockToken": first["LockToken"]}
    with pytest.raises(ClientError, match="WAFAssociatedItem"):
        waf.delete_web_acl(**members)
    waf.associate_web_acl(WebACLArn=second["ARN"], ResourceArn=balancer)
    assert waf.get_web_acl_for_resource(ResourceArn=balancer)["WebACL"]["ARN"] == second["ARN"]
    waf.delete_web_acl(**members)


def test_a_private_api_is_deployed_only_with_a_policy(aws: Aws) -> None:
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name=unique(), endpointConfiguration={"types": ["PRIVATE"]})["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    with pytest.raises(ClientError, match="doesn't have a resource policy"):
        gateway.create_deployment(restApiId=api)
    operation = {"op": "replace", "path": "/policy", "value": "{}"}
    gateway.update_rest_api(restApiId=api, patchOperations=[operation])
    gateway.create_deployment(restApiId=api)


def test_a_user_pool_is_kept_while_it_is_protected_or_has_a_domain(aws: Aws) -> None:
    users = aws.client("cognito-idp")
    pool = users.create_user_pool(PoolName=unique(), DeletionProtection="ACTIVE", UsernameAttributes=["email"])
    id_ = pool["UserPool"]["Id"]
    with pytest.raises(ClientError, match="deletion protection is activated"):
        users.delete_user_pool(UserPoolId=id_)
    users.update_user_pool(UserPoolId=id_, DeletionProtection="INACTIVE")
    assert users.describe_user_pool(UserPoolId=id_)["UserPool"]["UsernameAttributes"] == ["email"]
    domain = unique()
    users.create_user_pool_domain(Domain=domain, UserPoolId=id_)
    with pytest.raises(ClientError, match="domain configured"):
        users.delete_user_pool(UserPoolId=id_)
    users.delete_user_pool_domain(Domain=domain, UserPoolId=id_)
    users.delete_user_pool(UserPoolId=id_)


def test_a_graphql_api_forgets_what_an_update_does_not_say(aws: Aws) -> None:
    graph = aws.client("appsync")
    made = graph.create_graphql_api(name="g", authenticationType="AWS_IAM", queryDepthLimit=5)["graphqlApi"]
    assert made["queryDepthLimit"] == 5
    assert made["uris"]["GRAPHQL"].endswith(f".appsync-api.{REGION}.amazonaws.com/graphql")
    graph.update_graphql_api(
        apiId=made["apiId"], name="g", authenticationType="AWS_IAM", introspectionConfig="DISABLED"
    )
    found = graph.get_graphql_api(apiId=made["apiId"])["graphqlApi"]
    assert "queryDepthLimit" not in found
    assert found["introspectionConfig"] == "DISABLED"
