import pulumi
import pulumi_aws as aws
import pytest

from components.conventions import conventions, stack_tags
from settings import Tags
from tests.components.mock_engine import NAMES, Recording, deploy

TAGS = Tags(owner="data-platform", cost_centre="cc-1")
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


class Layer(pulumi.ComponentResource):
    """A layer with a child of each kind that the conventions touch, or don't."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("medallion:layers:Layer", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        aws.sqs.Queue(name, name="plain", opts=child)
        aws.sqs.Queue(f"{name}-own", name="own", tags={"dataset": "flights", "layer": "other"}, opts=child)
        aws.sqs.Queue(f"{name}-late", name="late", tags=pulumi.Output.from_input({"dataset": "weather"}), opts=child)
        aws.sqs.QueuePolicy(name, queue_url="https://queue", policy="{}", opts=child)
        aws.iam.Role(name, name="role", assume_role_policy="{}", opts=child)


@pytest.fixture(scope="module")
def made() -> Recording:
    return deploy(lambda: Layer("landing", conventions("landing", NAMES, TAGS, BOUNDARY)))


def test_whatever_can_be_tagged_has_the_tags_of_its_stack_and_layer(made: Recording) -> None:
    shared = {"project": "medallion", "environment": "dev", "owner": "data-platform", "cost-centre": "cc-1"}
    assert stack_tags(NAMES, TAGS) == shared
    assert made.one("sqs/queue:Queue", "landing").inputs["tags"] == {**shared, "layer": "landing"}
    assert made.one("iam/role:Role").inputs["tags"] == {**shared, "layer": "landing"}
    assert "tags" not in made.one("QueuePolicy").inputs


def test_a_resources_own_tags_win_even_when_they_are_known_late(made: Recording) -> None:
    own = made.one("sqs/queue:Queue", "landing-own").inputs["tags"]
    assert (own["dataset"], own["layer"], own["owner"]) == ("flights", "other", "data-platform")
    late = made.one("sqs/queue:Queue", "landing-late").inputs["tags"]
    assert (late["dataset"], late["layer"]) == ("weather", "landing")


def test_every_role_is_bounded_where_a_boundary_is_set_and_else_not(made: Recording) -> None:
    assert made.one("iam/role:Role").inputs["permissionsBoundary"] == BOUNDARY
    free = deploy(lambda: Layer("landing", conventions("landing", NAMES, TAGS, None)))
    assert "permissionsBoundary" not in free.one("iam/role:Role").inputs
