"""Cases: DataZone."""

from tests.embedded.provider.cases.case import OTHER_TAGS, TAGS, Case

CASES: dict[str, Case] = {
    "aws:datazone/domain:Domain": Case(
        {
            "name": "flights",
            "domainExecutionRole": "$role.arn",
            "kmsKeyIdentifier": "$key.arn",
            "description": "ours",
            "singleSignOn": {"type": "IAM_IDC", "userAssignment": "AUTOMATIC"},
            "skipDeletionCheck": True,
            **TAGS,
        },
        {"description": "all of ours", **OTHER_TAGS},
        {"kmsKeyIdentifier": "$key2.arn"},
        ("kmsKeyIdentifier", "alias/mine"),
    ),
    "aws:datazone/domain:Domain of the second version": Case(
        {"domainExecutionRole": "$role.arn", "serviceRole": "$role2.arn", "domainVersion": "V2"},
        {"description": "of ours"},
        {"domainVersion": "V1"},
        ("serviceRole", None),
    ),
    "aws:datazone/project:Project": Case(
        {"domainIdentifier": "$domain.id", "name": "Flight data", "description": "ours", "skipDeletionCheck": True},
        {"description": "all of ours", "glossaryTerms": ["$term.id"]},
        {"domainIdentifier": "dzd_other"},
        ("name", "flights & more"),
    ),
    "aws:datazone/environmentBlueprintConfiguration:EnvironmentBlueprintConfiguration": Case(
        {
            "domainId": "$domain.id",
            "environmentBlueprintId": "4n3j5x6y7z8a9b",
            "enabledRegions": ["eu-central-1"],
            "provisioningRoleArn": "$role.arn",
            "manageAccessRoleArn": "$role2.arn",
            "regionalParameters": {"eu-central-1": {"S3Location": "s3://case-bucket/"}},
        },
        {"enabledRegions": ["eu-central-1", "eu-west-1"]},
        {"environmentBlueprintId": "9b8a7z6y5x3j4n"},
        ("enabledRegions", []),
    ),
    "aws:datazone/environmentBlueprintConfiguration:EnvironmentBlueprintConfiguration of a warehouse": Case(
        {
            "domainId": "$domain.id",
            "environmentBlueprintId": "4n3j5x6y7z8a9b",
            "enabledRegions": ["eu-central-1"],
            "provisioningRoleArn": "$role.arn",
            "manageAccessRoleArn": "$role2.arn",
        },
        replace={"domainId": "dzd_other"},
        bad=("manageAccessRoleArn", None),
    ),
    "aws:datazone/environmentProfile:EnvironmentProfile": Case(
        {
            "domainIdentifier": "$domain.id",
            "projectIdentifier": "$project.id",
            "environmentBlueprintIdentifier": "4n3j5x6y7z8a9b",
            "awsAccountId": "123456789012",
            "awsAccountRegion": "eu-central-1",
            "name": "Data lake",
            "userParameters": [{"name": "consumerGlueDbName", "value": "consumer"}],
        },
        {"description": "of ours"},
        {"projectIdentifier": "other"},
        ("awsAccountRegion", "Frankfurt"),
    ),
    "aws:datazone/environment:Environment": Case(
        {
            "domainIdentifier": "$domain.id",
            "projectIdentifier": "$project.id",
            "profileIdentifier": "$environments.id",
            "name": "Data lake",
            "userParameters": [{"name": "consumerGlueDbName", "value": "consumer"}],
        },
        {"description": "of ours", "glossaryTerms": ["$term.id"]},
        {"profileIdentifier": "other"},
        ("profileIdentifier", "not an id"),
    ),
    "aws:datazone/glossary:Glossary": Case(
        {"domainIdentifier": "$domain.id", "owningProjectIdentifier": "$project.id", "name": "Flights"},
        {"description": "words of ours", "status": "ENABLED"},
        {"owningProjectIdentifier": "other"},
        ("status", "ON"),
    ),
    "aws:datazone/glossaryTerm:GlossaryTerm": Case(
        {
            "domainIdentifier": "$domain.id",
            "glossaryIdentifier": "$glossary.id",
            "name": "Carrier",
            "shortDescription": "who flies",
            "status": "ENABLED",
        },
        {"longDescription": "Who operates the flight.", "termRelations": {"isAs": ["$term.id"]}},
        {"glossaryIdentifier": "other"},
        ("domainIdentifier", None),
    ),
    "aws:datazone/glossaryTerm:GlossaryTerm that relates": Case(
        {"domainIdentifier": "$domain.id", "glossaryIdentifier": "$glossary.id", "name": "Airline"},
        {"termRelations": {"classifies": ["$term.id"]}},
        bad=("termRelations", {"isAs": []}),
    ),
}
