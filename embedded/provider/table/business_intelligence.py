"""QuickSight: what it reads from and who may, the connection into the VPC, folders. `dashboards` has the rest."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from embedded.provider.entry import Entry, Fault, Tagging, call, put, words
from embedded.provider.names import bare
from embedded.provider.values import has_unknown, is_unknown

REASON = "moto does not have this of QuickSight"
# API_ResourcePermission: an ARN of QuickSight's own user, group or namespace, or of the account for all its users.
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(quicksight|iam):[a-z0-9-]*:\d{12}:\S+")


def account(context: Mapping[str, Any]) -> str:
    """The account that a call names."""
    return str(context.get("awsAccountId") or context["account"])


def numbered(*names: str) -> Callable[[Mapping[str, Any]], str]:
    """The id of a resource: the account and the ids given, with commas."""
    return lambda c: ",".join((account(c), *(str(c[n]) for n in names)))


def tagged() -> Tagging:
    """Tags of a QuickSight resource, by its ARN."""
    return Tagging({"ResourceArn": "{arn}"}, "tag_resource", "untag_resource", "list_tags_for_resource")


def arn(what: str) -> str:
    """The template of an ARN."""
    return f"arn:{{partition}}:quicksight:{{region}}:{{account}}:{what}"


def permitted(props: Mapping[str, Any]) -> list[Fault]:
    """Principals and actions of `permissions`."""
    faults = []
    for number, each in enumerate(props.get("permissions") or []):
        if is_unknown(each):
            continue
        who = each.get("principal", "")
        if not has_unknown(who) and not _PRINCIPAL.fullmatch(who):
            path = f"permissions[{number}].principal"
            faults.append(
                Fault(path, f"{who!r} is no principal of QuickSight: give the ARN of a user, group, namespace")
            )
        for action in each.get("actions") or []:
            if not has_unknown(action) and not action.startswith("quicksight:"):
                path = f"permissions[{number}].actions"
                faults.append(
                    Fault(path, f"{action!r} is no action of QuickSight: give such as quicksight:PassDataSet")
                )
    return faults


# Pulumi's name of the parameters of a source; AWS adds "Parameters".
_SOURCES = (
    "amazonElasticsearch athena aurora awsIotAnalytics databricks jira mariaDb oracle presto rds redshift s3 "
    "serviceNow snowflake spark sqlServer teradata twitter"
)
_IRREGULAR = {"auroraPostgresql": "AuroraPostgreSql", "mysql": "MySql", "postgresql": "PostgreSql"}
_MEMBERS = {name: f"{name[0].upper()}{name[1:]}" for name in _SOURCES.split()} | _IRREGULAR


def _source(props: Mapping[str, Any]) -> list[Fault]:
    """API_DataSourceParameters is a union, of the kind that the type says; and API_RedshiftParameters."""
    given = props.get("parameters")
    if not isinstance(given, dict):
        return []
    kinds = [k for k, v in given.items() if v is not None]
    if len(kinds) != 1:
        return [Fault("parameters", f"has {', '.join(kinds) or 'nothing'}: give the parameters of exactly one source")]
    kind, type_ = kinds[0], props.get("type")
    own = {"athena", "redshift", "s3"}
    if isinstance(type_, str) and not has_unknown(type_) and {kind, bare(type_)} & own and kind != bare(type_):
        return [Fault(f"parameters.{kind}", f"goes not with type {type_}: give parameters.{bare(type_)}")]
    redshift = given.get("redshift") or {}
    if kind != "redshift" or is_unknown(redshift):
        return []
    if redshift.get("clusterId") or (redshift.get("host") and redshift.get("port")):
        return []
    return [Fault("parameters.redshift", "lacks clusterId, or host and port: give either")]


def _credentials(props: Mapping[str, Any]) -> list[Fault]:
    """API_DataSourceCredentials: a pair, a secret, or those of another source."""
    given = props.get("credentials")
    if not isinstance(given, dict):
        return []
    kinds = [k for k in ("copySourceArn", "credentialPair", "secretArn") if given.get(k)]
    if len(kinds) == 1:
        return []
    told = f"has {', '.join(kinds)}" if kinds else "is empty"
    return [Fault("credentials", f"{told}: give exactly one of copySourceArn, credentialPair, secretArn")]


def _resolvers(props: Mapping[str, Any]) -> list[Fault]:
    """API_CreateVPCConnection: IP addresses."""
    faults = []
    for number, address in enumerate(props.get("dnsResolvers") or []):
        try:
            if not has_unknown(address):
                ipaddress.IPv4Address(address)
        except ValueError as fault:
            faults.append(Fault(f"dnsResolvers[{number}]", f"{address!r} is no address ({fault}): give one"))
    return faults


def _schedule(props: Mapping[str, Any]) -> list[Fault]:
    """API_RefreshFrequency and API_RefreshSchedule."""
    given = props.get("schedule")
    if not isinstance(given, dict):
        return []
    faults = []
    starts = given.get("startAfterDateTime")
    if starts and not has_unknown(starts) and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", starts):
        told = f"{starts!r} is no time: give one such as 2026-01-31T04:00:00, without a zone"
        faults.append(Fault("schedule.startAfterDateTime", told))
    often = given.get("scheduleFrequency")
    if not isinstance(often, dict):
        return faults
    at, interval, time = "schedule.scheduleFrequency", often.get("interval"), often.get("timeOfTheDay")
    if time and not has_unknown(time) and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time):
        faults.append(Fault(f"{at}.timeOfTheDay", f"{time!r} is no time of the day: give HH:MM"))
    if interval in {"DAILY", "WEEKLY", "MONTHLY"} and not time:
        faults.append(Fault(f"{at}.timeOfTheDay", f"is missing, and interval {interval} requires it: give HH:MM"))
    day = {"WEEKLY": "dayOfWeek", "MONTHLY": "dayOfMonth"}.get(str(interval))
    if day and not (often.get("refreshOnDay") or {}).get(day):
        faults.append(Fault(f"{at}.refreshOnDay.{day}", f"is missing, and interval {interval} requires it: set it"))
    return faults


def _keys(props: Mapping[str, Any]) -> list[Fault]:
    """docs.aws.amazon.com/quicksight/latest/user/key-management.html: one default key in an account and region."""
    given = props.get("keyRegistrations") or []
    default = [each for each in given if isinstance(each, dict) and each.get("defaultKey") is True]
    if len(default) < 2:
        return []
    return [Fault("keyRegistrations", f"has {len(default)} default keys, and an account has one: give one of them")]


_ACCOUNT: dict[str, Any] = {"AwsAccountId": account}
_GROUP: dict[str, Any] = {**_ACCOUNT, "GroupName": "{groupName}", "Namespace": "{namespace}"}
_SOURCE: dict[str, Any] = {**_ACCOUNT, "DataSourceId": "{dataSourceId}"}
_GONE = words("ResourceNotFoundException")


def _permit(work: Any) -> None:
    before, after = (
        {p["principal"]: sorted(p["actions"]) for p in side.get("permissions") or []} for side in (work.old, work.new)
    )

    def listed(grants: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        return [{"Principal": who, "Actions": actions} for who, actions in grants.items()]

    granted = {who: actions for who, actions in after.items() if before.get(who) != actions}
    lost = {who: sorted(set(actions) - set(after.get(who, []))) for who, actions in before.items()}
    changes = {
        "GrantPermissions": listed(granted),
        "RevokePermissions": listed({who: actions for who, actions in lost.items() if actions}),
    }
    work.ask(
        "update_data_source_permissions",
        AwsAccountId=account(work.context),
        DataSourceId=work.get("dataSourceId"),
        **{member: grants for member, grants in changes.items() if grants},
    )


ENTRIES: dict[str, Entry] = {
    "aws:quicksight/vpcConnection:VpcConnection": Entry(
        service="quicksight",
        id=numbered("vpcConnectionId"),
        like=call("create_vpc_connection", **_ACCOUNT),
        tags=tagged(),
        local={"timeouts": None},
        outputs={
            "awsAccountId": "{account}",
            "arn": arn("vpcConnection/{vpcConnectionId}"),
            "availabilityStatus": "AVAILABLE",
        },
        replace=words("vpcConnectionId awsAccountId"),
        named="name",
        rules=(_resolvers,),
        cfn="AWS::QuickSight::VPCConnection",
        reason=REASON,
    ),
    "aws:quicksight/dataSource:DataSource": Entry(
        service="quicksight",
        id=lambda c: f"{account(c)}/{c['dataSourceId']}",
        create=call("create_data_source", **_ACCOUNT),
        read=(
            call("describe_data_source", **_SOURCE, take="DataSource"),
            call("describe_data_source_permissions", **_SOURCE, sets={"permissions": "Permissions"}),
        ),
        update=call("update_data_source", **_SOURCE),
        puts=(put("permissions", _permit, _permit, at_creation=False),),
        delete=call("delete_data_source", **_SOURCE),
        tags=tagged(),
        names={
            "parameters": "DataSourceParameters",
            **{f"parameters.{name}": f"{member}Parameters" for name, member in _MEMBERS.items()},
        },
        unread=words("credentials"),
        outputs={"awsAccountId": "{account}", "arn": arn("datasource/{dataSourceId}")},
        replace=words("dataSourceId awsAccountId type"),
        gone=_GONE,
        named="name",
        longest=128,
        rules=(_source, _credentials, permitted),
        cfn="AWS::QuickSight::DataSource",
    ),
    "aws:quicksight/group:Group": Entry(
        service="quicksight",
        id=lambda c: f"{account(c)}/{c.get('namespace', 'default')}/{c['groupName']}",
        create=call("create_group", **_ACCOUNT),
        read=(call("describe_group", **_GROUP, take="Group"),),
        update=call("update_group", **_GROUP),
        delete=call("delete_group", **_GROUP),
        defaults={"namespace": "default"},
        unread=words("namespace"),
        outputs={"awsAccountId": "{account}", "arn": arn("group/{namespace}/{groupName}")},
        replace=words("groupName namespace awsAccountId"),
        gone=_GONE,
        cfn="AWS::QuickSight::Group",
    ),
    "aws:quicksight/keyRegistration:KeyRegistration": Entry(
        service="quicksight",
        id=lambda c: account(c),
        like=call("update_key_registration", **_ACCOUNT),
        outputs={"awsAccountId": "{account}"},
        replace=words("awsAccountId"),
        rules=(_keys,),
        reason=REASON,
    ),
    "aws:quicksight/refreshSchedule:RefreshSchedule": Entry(
        service="quicksight",
        id=numbered("dataSetId", "scheduleId"),
        like=call("create_refresh_schedule", **_ACCOUNT),
        names={"scheduleId": "Schedule.ScheduleId"},
        outputs={"awsAccountId": "{account}", "arn": arn("dataset/{dataSetId}/refresh-schedule/{scheduleId}")},
        replace=words("dataSetId scheduleId awsAccountId"),
        rules=(_schedule,),
        reason=REASON,
    ),
    "aws:quicksight/folder:Folder": Entry(
        service="quicksight",
        id=numbered("folderId"),
        like=call("create_folder", **_ACCOUNT),
        tags=tagged(),
        defaults={"folderType": "SHARED"},
        outputs={
            "awsAccountId": "{account}",
            "arn": arn("folder/{folderId}"),
            "createdTime": "{now}",
            "lastUpdatedTime": "{now}",
        },
        replace=words("folderId folderType parentFolderArn awsAccountId"),
        named="name",
        longest=200,
        rules=(permitted,),
        cfn="AWS::QuickSight::Folder",
        reason=REASON,
    ),
    "aws:quicksight/folderMembership:FolderMembership": Entry(
        service="quicksight",
        id=numbered("folderId", "memberType", "memberId"),
        like=call("create_folder_membership", **_ACCOUNT),
        outputs={"awsAccountId": "{account}"},
        replace=words("folderId memberType memberId awsAccountId"),
        reason=REASON,
    ),
}
