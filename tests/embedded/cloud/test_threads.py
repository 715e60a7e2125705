"""The embedded AWS is called by many at once: a stack is destroyed by as many threads as the engine has."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest

from tests.embedded.cloud.clients import Aws, unique


def test_roles_can_be_made_found_and_deleted_side_by_side(aws: Aws) -> None:
    iam, prefix = aws.client("iam"), unique()

    def live(number: int) -> str:
        name = f"{prefix}-{number}"
        iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        found: str = iam.get_role(RoleName=name)["Role"]["RoleName"]
        iam.delete_role(RoleName=name)
        return found

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(live, range(300))) == [f"{prefix}-{number}" for number in range(300)]


def test_what_a_backend_holds_can_be_walked_over_while_it_changes() -> None:
    from moto.iam.models import IAMBackend

    from embedded.cloud import patches

    patches.install()
    backend = IAMBackend("eu-west-1", "123456789012")
    backend.roles["a"] = "role"
    for _ in backend.roles.values():
        backend.roles["b"] = "another"
    for key in backend.roles:
        del backend.roles[key]
    assert not backend.roles
    assert backend.roles.keys() == set()


def test_a_walk_begins_again_where_another_thread_got_in_while_it_was_prepared() -> None:
    from moto.iam.models import IAMBackend

    from embedded.cloud import patches

    patches.install()
    roles = IAMBackend("eu-west-1", "123456789012").roles

    class Meddling(str):
        """Hashed once more when a walk is prepared, as when another thread gets in there."""

        meddled = False

        def __hash__(self) -> int:
            if len(roles) == 2 and not self.meddled:
                self.meddled = True
                roles["c"] = "late"
            return super().__hash__()

    roles["a"], roles[Meddling("b")] = "role", "another"
    assert sorted(roles.values()) == ["another", "late", "role"]


def test_a_dictionary_that_a_default_makes_can_be_walked_over_while_it_changes() -> None:
    from moto.ec2.models import EC2Backend

    from embedded.cloud import patches

    patches.install()
    subnets = EC2Backend("eu-west-1", "123456789012").subnets["a zone"]
    subnets.clear()
    subnets["a"] = "subnet"
    for _ in subnets.values():
        subnets["b"] = "another"
    assert set(subnets) == {"a", "b"}


def test_an_operation_that_two_threads_ask_for_first_is_motos_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.core import model
    from moto.core.utils import get_service_model

    from embedded.cloud import patches

    patches.install()
    service = model.ServiceModel(get_service_model("quicksight")._service_description, "quicksight")
    made, second = model.OperationModel, ThreadPoolExecutor(1)
    asked: list[Future[Any]] = []

    class Slow(made):  # type: ignore[misc, valid-type]
        """Lets another thread ask for the operation before the first has it."""

        def __init__(self, *arguments: Any) -> None:
            if not asked:
                asked.append(second.submit(service.operation_model, "DescribeGroup"))
                wait(asked, 0.3)
            super().__init__(*arguments)

    monkeypatch.setattr(model, "OperationModel", Slow)
    first = service.operation_model("DescribeGroup")
    assert isinstance(first, made)
    assert isinstance(asked[0].result(5), made)
