"""What of the portal only CloudFormation can make, as templates: the sources of its catalogue, and its members."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.workgroup import Persona

ROLES_IN_PROJECT: Mapping[Persona, str] = {
    "analysts": "PROJECT_CATALOG_CONSUMER",
    "engineers": "PROJECT_CONTRIBUTOR",
    "stewards": "PROJECT_OWNER",
}
"""Stewards approve who gets what; engineers run sources; analysts find data and ask for it."""

TEXT: Mapping[str, Any] = {"Type": "String"}


def sources(tables: Mapping[str, Sequence[str]], starts: str) -> str:
    """A template with a data source for each Glue database, of these of its tables, that runs at a time (HH:MM, UTC).

    Only what contracts describe is taken: beside it, a crawler keeps tables of what was rejected.
    """
    hour, _, minute = starts.partition(":")
    schedule = {"Schedule": f"cron({int(minute)} {int(hour)} * * ? *)", "Timezone": "UTC"}
    made = {
        _logical(database): {
            "Type": "AWS::DataZone::DataSource",
            "Properties": {
                "Name": database,
                "Description": f"The tables of {database} that have a contract",
                "DomainIdentifier": {"Ref": "Domain"},
                "ProjectIdentifier": {"Ref": "Project"},
                "EnvironmentIdentifier": {"Ref": "Environment"},
                "Type": "GLUE",
                "EnableSetting": "ENABLED",
                "PublishOnImport": True,
                # Names and descriptions are those of the contracts, not invented ones.
                "Recommendation": {"EnableBusinessNameGeneration": False},
                "Schedule": schedule,
                "Configuration": {
                    "GlueRunConfiguration": {
                        "DataAccessRole": {"Ref": "AccessRole"},
                        "AutoImportDataQualityResult": True,
                        "RelationalFilterConfigurations": [
                            {
                                "DatabaseName": database,
                                "FilterExpressions": [{"Type": "INCLUDE", "Expression": table} for table in chosen],
                            }
                        ],
                    }
                },
            },
        }
        for database, chosen in sorted(tables.items())
    }
    return _template(("Domain", "Project", "Environment", "AccessRole"), made)


def members(personas: Sequence[Persona]) -> str:
    """A template that makes the role of each kind of person, which is a parameter, a member of the project."""
    made: dict[str, Any] = {}
    for persona in sorted(personas):
        user, domain = persona.title(), {"Ref": "Domain"}
        made[f"{user}Profile"] = {
            "Type": "AWS::DataZone::UserProfile",
            "Properties": {
                "DomainIdentifier": domain,
                "UserIdentifier": {"Ref": user},
                "UserType": "IAM_ROLE",
                "Status": "ACTIVATED",
            },
        }
        made[f"{user}Membership"] = {
            "Type": "AWS::DataZone::ProjectMembership",
            "Properties": {
                "DomainIdentifier": domain,
                "ProjectIdentifier": {"Ref": "Project"},
                "Designation": ROLES_IN_PROJECT[persona],
                "Member": {"UserIdentifier": {"Fn::GetAtt": [f"{user}Profile", "Id"]}},
            },
        }
    return _template(("Domain", "Project", *(persona.title() for persona in sorted(personas))), made)


def _template(parameters: Sequence[str], resources: Mapping[str, Any]) -> str:
    document = {"Parameters": {each: dict(TEXT) for each in parameters}, "Resources": resources}
    return json.dumps(document, indent=1)


def _logical(name: str) -> str:
    """A name as CloudFormation takes it: letters and digits."""
    return "".join(part.title() for part in name.split("_"))
