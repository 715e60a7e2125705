"""What the people behind a data set answer for, read from the standard's `team` and `slaProperties`.

What no part of the platform would act on is refused: it would look like a promise that somebody keeps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from open_data_contract_standard.model import Team, TeamMember

OWNER = "owner"
"""The role of the team's member who answers for a data set."""
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,126}")


def owner(team: Team | list[TeamMember] | None, faults: list[str]) -> str | None:
    """Who answers for a data set now: the username of the team's one member with that role. Others are for people."""
    if team is None:
        return None
    members: Sequence[TeamMember] = team if isinstance(team, list) else team.members or []
    names = [each.username or "" for each in members if each.role == OWNER and each.dateOut is None]
    if len(names) != 1:
        faults.append(
            f"team: has {', '.join(names) or 'nobody'} with the role owner; give it to exactly one member without "
            "dateOut."
        )
        return None
    if not _ADDRESS.fullmatch(names[0]):
        faults.append(
            f"team: the owner is {names[0]!r}; give a username or address of letters, digits and . _ + @ -, as "
            "catalogs and alarms show it."
        )
        return None
    return names[0]
