"""What each kind of person may do in AWS. Which tables and columns they see is up to `components.people`."""

from collections.abc import Mapping, Sequence

import pulumi

from components.iam import (
    Statement,
    allow,
    finds_default_database,
    lists_objects,
    objects,
    uses_catalog,
    uses_keys,
)
from components.keys import KeyName
from components.lake import LAYERS
from components.landing import replays
from components.names import LakeLayer, Names
from components.quality import hands_role_over, rulesets_arn
from components.workflow import starts_workflow
from components.workgroup import SPILL, Persona, results_of, workgroup_of

ANALYSED: tuple[LakeLayer, ...] = ("integrated", "refined")
"""What analysts see of the lake."""

OF_WORKGROUP = (
    "BatchGetNamedQuery",
    "BatchGetPreparedStatement",
    "BatchGetQueryExecution",
    "GetNamedQuery",
    "GetPreparedStatement",
    "GetQueryExecution",
    "GetQueryResults",
    "GetQueryResultsStream",
    "GetQueryRuntimeStatistics",
    "GetWorkGroup",
    "ListNamedQueries",
    "ListPreparedStatements",
    "ListQueryExecutions",
    "StartQueryExecution",
    "StopQueryExecution",
)
OF_CATALOGS = ("GetDataCatalog", "GetDatabase", "GetTableMetadata", "ListDatabases", "ListTableMetadata")
OF_JOBS = ("BatchStopJobRun", "GetJob", "GetJobRun", "GetJobRuns", "StartJobRun")
OF_WORKFLOWS = (
    "GetWorkflow",
    "GetWorkflowRun",
    "GetWorkflowRunProperties",
    "GetWorkflowRuns",
    "ResumeWorkflowRun",
    "StopWorkflowRun",
)
OF_CRAWLERS = ("GetCrawler", "StartCrawler", "StopCrawler")
OF_LOGS = ("DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "GetQueryResults", "StartQuery")
OF_QUALITY = (
    "BatchGetDataQualityResult",
    "CancelDataQualityRulesetEvaluationRun",
    "GetDataQualityResult",
    "GetDataQualityRuleset",
    "GetDataQualityRulesetEvaluationRun",
    "ListDataQualityResults",
    "ListDataQualityRulesetEvaluationRuns",
    "ListDataQualityRulesets",
    "StartDataQualityRulesetEvaluationRun",
)
OF_GRANTS = (
    "BatchGrantPermissions",
    "BatchRevokePermissions",
    "GetDataCellsFilter",
    "GetEffectivePermissionsForPath",
    "GetLFTag",
    "GetResourceLFTags",
    "GrantPermissions",
    "ListDataCellsFilter",
    "ListLFTags",
    "ListPermissions",
    "RevokePermissions",
    "SearchDatabasesByLFTags",
    "SearchTablesByLFTags",
)


def analyses(names: Names, keys: Mapping[KeyName, pulumi.Input[str]], connector: str | None) -> list[Statement]:
    """May query what is made for analysts."""
    return queries(names, keys, "analysts", ANALYSED, connector)


def engineers(names: Names, keys: Mapping[KeyName, pulumi.Input[str]], connector: str | None) -> list[Statement]:
    """May query every layer, run what moves data through them, judge the outcome, replay, and read the logs."""
    groups = [names.arn("logs", "log-group:/aws-glue/*"), names.arn("logs", f"log-group:/aws/*{names.resource('*')}")]
    return [
        *queries(names, keys, "engineers", LAYERS, connector),
        allow("Jobs", _actions("glue", OF_JOBS), [names.arn("glue", f"job/{names.resource('*')}")]),
        allow("Workflows", _actions("glue", OF_WORKFLOWS), [names.arn("glue", f"workflow/{names.resource('*')}")]),
        # By an event: its start trigger takes nothing else.
        starts_workflow(names),
        allow("Crawlers", _actions("glue", OF_CRAWLERS), [names.arn("glue", f"crawler/{names.resource('*')}")]),
        allow("Logs", _actions("logs", OF_LOGS), [*groups, *(f"{group}:*" for group in groups)]),
        # A query on logs, and which jobs, workflows and crawlers there are, is under no resource:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html and
        # list_awsglue.html
        allow(
            "Lists",
            [
                "logs:StopQuery",
                *_actions("glue", ("ListCrawlers", "ListJobs", "ListWorkflows")),
            ],
            ["*"],
        ),
        allow("LogGroups", ["logs:DescribeLogGroups"], [names.arn("logs", "log-group:*")]),
        *judges_quality(names),
        replays(names),
    ]


def stewards(names: Names, keys: Mapping[KeyName, pulumi.Input[str]], connector: str | None) -> list[Statement]:
    """May query every layer, see and give grants, and judge quality.

    Lake Formation bounds what they may give to what they were given to hand on.
    """
    return [
        *queries(names, keys, "stewards", LAYERS, connector),
        # Lake Formation has no resource-level permissions:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html
        allow("Grants", _actions("lakeformation", OF_GRANTS), ["*"]),
        *judges_quality(names),
    ]


def queries(
    names: Names,
    keys: Mapping[KeyName, pulumi.Input[str]],
    persona: Persona,
    layers: Sequence[LakeLayer],
    connector: str | None,
) -> list[Statement]:
    """May query these layers in their own workgroup. `connector` is the ARN of the function that reads the warehouse.

    Athena reads and writes S3 as the caller, who needs nothing there but the results: the tables' files are read with
    credentials that Lake Formation lends. https://docs.aws.amazon.com/athena/latest/ug/federated-query-iam-access.html
    """
    results, theirs = names.bucket_arn("results"), results_of(persona)
    catalogs = [names.arn("athena", f"datacatalog/{each}") for each in ("AwsDataCatalog", names.resource("warehouse"))]
    connects = (
        [
            allow("Connector", ["lambda:InvokeFunction"], [connector]),
            allow("Spilled", ["s3:GetObject"], objects(results, SPILL)),
        ]
        if connector
        else []
    )
    return [
        allow(
            "Workgroup",
            _actions("athena", OF_WORKGROUP),
            [names.arn("athena", f"workgroup/{workgroup_of(persona, names)}")],
        ),
        allow("Catalogs", _actions("athena", OF_CATALOGS), catalogs if connector else catalogs[:1]),
        # Which there are is under no resource:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
        allow("AthenaLists", _actions("athena", ("ListDataCatalogs", "ListEngineVersions", "ListWorkGroups")), ["*"]),
        lists_objects("ResultsList", results, theirs),
        allow("ResultsFind", ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [results]),
        allow(
            "Results",
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            objects(results, theirs),
        ),
        *uses_keys(names, "ResultsKey", keys["integrated"], write=True),
        *uses_catalog(names, reads=layers),
        finds_default_database(names),
        *connects,
    ]


def judges_quality(names: Names) -> list[Statement]:
    """May have rulesets evaluated, by the role that is there for it, and read how it went."""
    return [
        allow("Quality", _actions("glue", OF_QUALITY), [rulesets_arn(names)]),
        hands_role_over(names),
    ]


def _actions(service: str, names: Sequence[str]) -> list[str]:
    return [f"{service}:{each}" for each in names]
