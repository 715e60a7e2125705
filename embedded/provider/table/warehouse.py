"""Redshift: clusters and what belongs to them, and the statements of its Data API."""

import time
import zlib
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, put, words
from embedded.provider.values import Props, is_unknown
from embedded.provider.warehouse_rules import CLUSTER
from embedded.provider.work import CallError, Work

_UNDER_WAY = words("SUBMITTED PICKED STARTED")
_SECONDS_BETWEEN_LOOKS = 0.1
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _arn(kind: str) -> str:
    return f"arn:{{partition}}:redshift:{{region}}:{{account}}:{kind}:{{id}}"


def _tagged() -> Tagging:
    return Tagging({"ResourceName": "{arn}"}, "create_tags", "delete_tags")


def _kind(context: Mapping[str, Any]) -> str:
    return "multi-node" if (context.get("numberOfNodes") or 1) > 1 else "single-node"


def _nodes(context: Mapping[str, Any]) -> int | None:
    """How many nodes to ask for: Redshift takes no number for a single one."""
    nodes = int(context.get("numberOfNodes") or 1)
    return nodes if nodes > 1 else None


def _secret_arn(context: Mapping[str, Any]) -> str | None:
    """The secret that Redshift makes for a password that it manages; Secrets Manager ends every ARN in six letters."""
    if not context.get("manageMasterPassword"):
        return None
    name = f"redshift!{context['clusterIdentifier']}-{context['masterUsername']}"
    number, tail = zlib.crc32(name.encode()), ""
    for _ in range(6):
        number, rest = divmod(number, len(_LETTERS))
        tail += _LETTERS[rest]
    where = f"{context['partition']}:secretsmanager:{context['region']}:{context['account']}"
    return f"arn:{where}:secret:{name}-{tail}"


def _modify(work: Work) -> None:
    changed = work.facts["changed"] - {"tags", "tagsAll", *work.entry.local}
    if changed & {"iamRoles", "defaultIamRoleArn"}:
        before, after = set(work.old.get("iamRoles") or []), set(work.new.get("iamRoles") or [])
        chosen = {"DefaultIamRoleArn": work.new["defaultIamRoleArn"]} if work.new.get("defaultIamRoleArn") else {}
        work.ask(
            "modify_cluster_iam_roles",
            ClusterIdentifier=work.id,
            AddIamRoles=sorted(after - before),
            RemoveIamRoles=sorted(before - after),
            **chosen,
        )
    rest = changed - {"iamRoles", "defaultIamRoleArn"}
    if rest & {"numberOfNodes", "clusterType"}:
        size = {"ClusterType": _kind(work.new), "NumberOfNodes": _nodes(work.new)}
        work.ask("modify_cluster", ClusterIdentifier=work.id, **{k: v for k, v in size.items() if v is not None})
        rest -= {"numberOfNodes", "clusterType"}
    if rest:
        work.send(call("modify_cluster", ClusterIdentifier="{id}", only=" ".join(rest)))


def _set_parameters(work: Work) -> None:
    """Set what is asked for, and put what no longer is back to the family's default."""
    wanted = {p["name"].lower(): p["value"] for p in work.new.get("parameters") or []}
    dropped = sorted({p["name"].lower() for p in work.old.get("parameters") or []} - wanted.keys())
    if dropped:
        names = [{"ParameterName": name} for name in dropped]
        work.ask("reset_cluster_parameter_group", ParameterGroupName=work.id, Parameters=names)
    if wanted:
        pairs = [{"ParameterName": name, "ParameterValue": value} for name, value in wanted.items()]
        work.ask("modify_cluster_parameter_group", ParameterGroupName=work.id, Parameters=pairs)


def _read_parameters(work: Work) -> Props:
    """The parameters that someone set; all others have the family's defaults."""
    found = work.ask("describe_cluster_parameters", ParameterGroupName=work.id, Source="user")["Parameters"]
    own = [p for p in found if p.get("Source") == "user"]
    return {"parameters": [{"name": p["ParameterName"], "value": p["ParameterValue"]} for p in own]}


def _size(props: Mapping[str, Any]) -> list[Fault]:
    nodes, kind = props.get("numberOfNodes", 1), props.get("clusterType")
    if kind is None or is_unknown(nodes) or is_unknown(kind) or kind == _kind({"numberOfNodes": nodes}):
        return []
    return [
        Fault("clusterType", f"{kind!r} and numberOfNodes={nodes} disagree: single-node has 1, multi-node 2 or more")
    ]


def _destination(props: Mapping[str, Any]) -> list[Fault]:
    kind = props.get("logDestinationType")
    if kind == "cloudwatch" and not props.get("logExports"):
        return [Fault("logExports", "is missing, and logs to CloudWatch need it: name the logs")]
    if kind != "cloudwatch" and not is_unknown(kind) and not props.get("bucketName"):
        return [Fault("bucketName", "is missing, and logs to S3 need it: set it")]
    return []


def _execute(work: Work) -> str:
    """Run the statement and see it end well."""
    id_ = str(work.send(call("execute_statement"))["Id"])
    deadline = time.monotonic() + work.cloud.patience
    while (found := work.ask("describe_statement", Id=id_))["Status"] in _UNDER_WAY:
        if time.monotonic() > deadline:
            raise CallError(
                f"the statement {id_} is {found['Status']} after {work.cloud.patience:g} s, and we wait no longer"
            )
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if found["Status"] != "FINISHED":
        raise CallError(f"the statement {id_} ended {found['Status']}: {found.get('Error', 'no reason was given')}")
    return id_


_SAID = "clusterIdentifier database dbUser parameters secretArn sql statementName withEvent workgroupName"

ENTRIES: dict[str, Entry] = {
    "aws:redshift/subnetGroup:SubnetGroup": Entry(
        service="redshift",
        id="{name}",
        create=call("create_cluster_subnet_group"),
        read=(call("describe_cluster_subnet_groups", ClusterSubnetGroupName="{id}", take="ClusterSubnetGroups[0]"),),
        update=call("modify_cluster_subnet_group", ClusterSubnetGroupName="{id}", skip="name"),
        delete=call("delete_cluster_subnet_group", ClusterSubnetGroupName="{id}"),
        tags=_tagged(),
        names={"name": "ClusterSubnetGroupName"},
        reads={"subnetIds": "Subnets[].SubnetIdentifier"},
        defaults={"description": "Managed by Pulumi"},
        outputs={"arn": _arn("subnetgroup")},
        replace=words("name"),
        gone=words("ClusterSubnetGroupNotFoundFault"),
        named="name",
        longest=255,
        cfn="AWS::Redshift::ClusterSubnetGroup",
    ),
    "aws:redshift/parameterGroup:ParameterGroup": Entry(
        service="redshift",
        id="{name}",
        create=call("create_cluster_parameter_group", skip="parameters"),
        read=(
            call("describe_cluster_parameter_groups", ParameterGroupName="{id}", take="ParameterGroups[0]"),
            _read_parameters,
        ),
        puts=(put("parameters", _set_parameters),),
        delete=call("delete_cluster_parameter_group", ParameterGroupName="{id}"),
        tags=_tagged(),
        names={"name": "ParameterGroupName", "family": "ParameterGroupFamily"},
        defaults={"description": "Managed by Pulumi"},
        outputs={"arn": _arn("parametergroup")},
        replace=words("name family description"),
        gone=words("ClusterParameterGroupNotFound"),
        named="name",
        longest=255,
        cfn="AWS::Redshift::ClusterParameterGroup",
    ),
    "aws:redshift/cluster:Cluster": Entry(
        service="redshift",
        id="{clusterIdentifier}",
        create=call("create_cluster", ClusterType=_kind, NumberOfNodes=_nodes, skip="clusterType numberOfNodes"),
        read=(call("describe_clusters", ClusterIdentifier="{id}", take="Clusters[0]"),),
        update=_modify,
        delete=call(
            "delete_cluster",
            ClusterIdentifier="{id}",
            SkipFinalClusterSnapshot="{skipFinalSnapshot}",
            FinalClusterSnapshotIdentifier="{finalSnapshotIdentifier}",
        ),
        tags=_tagged(),
        takes=words("clusterType numberOfNodes"),
        local={"skipFinalSnapshot": False, "finalSnapshotIdentifier": None, "applyImmediately": False},
        names={
            "databaseName": "DBName",
            "masterPassword": "MasterUserPassword",
            "availabilityZoneRelocationEnabled": "AvailabilityZoneRelocation",
        },
        defaults={
            "port": 5439,
            "clusterVersion": "1.0",
            "allowVersionUpgrade": True,
            "automatedSnapshotRetentionPeriod": 1,
            "numberOfNodes": 1,
            "publiclyAccessible": False,
            "encrypted": "true",
        },
        reads={
            "clusterType": "NumberOfNodes > `1` && 'multi-node' || 'single-node'",
            "availabilityZoneRelocationEnabled": "AvailabilityZoneRelocationStatus == 'enabled'",
            "clusterParameterGroupName": "ClusterParameterGroups[0].ParameterGroupName",
            "vpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId",
            "iamRoles": "IamRoles[].IamRoleArn",
            "port": "Endpoint.Port",
            "dnsName": "Endpoint.Address",
            "endpoint": "Endpoint && join(':', [Endpoint.Address, to_string(Endpoint.Port)])",
        },
        unread=words(
            "masterPassword manageMasterPassword masterPasswordSecretKmsKeyId elasticIp aquaConfigurationStatus"
        ),
        outputs={
            "arn": _arn("cluster"),
            "clusterNamespaceArn": "arn:{partition}:redshift:{region}:{account}:namespace:{uuid}",
            "clusterParameterGroupName": "default.redshift-1.0",
            "clusterType": _kind,
            "databaseName": "dev",
            "dnsName": "{id}.{hex17}.{region}.redshift.amazonaws.com",
            "endpoint": "{dnsName}:{port}",
            "masterPasswordSecretArn": _secret_arn,
        },
        replace=words("clusterIdentifier databaseName masterUsername clusterSubnetGroupName availabilityZone"),
        gone=words("ClusterNotFound"),
        rules=(*CLUSTER, _size),
        cfn="AWS::Redshift::Cluster",
    ),
    "aws:redshift/logging:Logging": Entry(
        service="redshift",
        id="{clusterIdentifier}",
        create=call("enable_logging"),
        read=(call("describe_logging_status", ClusterIdentifier="{id}"),),
        update=call("enable_logging"),
        delete=call("disable_logging", ClusterIdentifier="{id}"),
        outputs={"clusterIdentifier": "{id}"},
        replace=words("clusterIdentifier"),
        gone=words("ClusterNotFound"),
        gone_if="!LoggingEnabled",
        rules=(_destination,),
    ),
    "aws:redshiftdata/statement:Statement": Entry(
        service="redshift-data",
        id="{uuid}",
        create=_execute,
        read=(call("describe_statement", Id="{id}"),),
        takes=words(_SAID),
        reads={"sql": "QueryString", "parameters": "QueryParameters"},
        unread=words("statementName withEvent workgroupName"),
        replace=words(_SAID),
        ordered=words("parameters"),
        gone=words("ResourceNotFoundException ValidationException"),
    ),
}
