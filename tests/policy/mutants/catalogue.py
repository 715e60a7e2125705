"""Every mutant there is."""

from __future__ import annotations

from tests.policy.mutants.audit import AUDIT
from tests.policy.mutants.closure import CLOSURE
from tests.policy.mutants.edge import EDGE
from tests.policy.mutants.encryption import ENCRYPTION
from tests.policy.mutants.exposure import EXPOSURE
from tests.policy.mutants.grants import GRANTS
from tests.policy.mutants.lake import LAKE
from tests.policy.mutants.perimeter import PERIMETER
from tests.policy.mutants.transit import TRANSIT

MUTANTS = (*ENCRYPTION, *TRANSIT, *PERIMETER, *CLOSURE, *EXPOSURE, *GRANTS, *LAKE, *EDGE, *AUDIT)
