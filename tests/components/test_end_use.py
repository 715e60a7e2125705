import json
from copy import deepcopy

import pytest
import yaml

from components.end_use import OPENAPI, EndUse, EndUseArgs, integrated, invocation_uri
from tests.components import parts
from tests.components.mock_engine import NAMES, Recording, deploy

API = yaml.safe_load(OPENAPI.read_text())


@pytest.fixture(scope="module")
def made() -> Recording:
    def program() -> None:
        args = EndUseArgs(
            platform=parts.platform(), workgroup=NAMES.workgroup, api=parts.API, functions=parts.FUNCTIONS
        )
        EndUse("end-use", args)

    return deploy(program)


def test_every_operation_is_handed_to_the_function_and_asks_for_a_signature() -> None:
    document = integrated(API, invocation_uri(NAMES))
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert operations
    for operation in operations:
        assert operation["x-amazon-apigateway-integration"] == {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:eu-west-1:123456789012:function:medallion-dev-end-use-api/invocations",
            "passthroughBehavior": "when_no_match",
        }
        assert operation["security"] == [{"sigv4": []}]
    assert document["components"]["securitySchemes"]["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_the_description_itself_is_not_changed() -> None:
    before = deepcopy(API)
    integrated(API, "uri")
    assert before == API


def test_what_is_not_an_operation_of_a_path_is_left_alone() -> None:
    document = integrated({"paths": {"/x": {"summary": "all of x", "get": {}}}}, "uri")
    assert document["paths"]["/x"]["summary"] == "all of x"
    assert set(document["paths"]["/x"]["get"]) == {"x-amazon-apigateway-integration", "security"}


def test_the_stage_is_logged_traced_and_throttled(made: Recording) -> None:
    stage = made.one("apigateway/stage:Stage").inputs
    assert stage["stageName"] == "v1"
    assert stage["xrayTracingEnabled"] is True
    assert "$context.requestId" in stage["accessLogSettings"]["format"]
    settings = made.one("MethodSettings").inputs["settings"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (10, 20)
    assert settings["dataTraceEnabled"] is False, "a data trace would log what callers ask for"


def test_a_changed_api_is_deployed_anew(made: Recording) -> None:
    assert len(made.one("apigateway/deployment:Deployment").inputs["triggers"]["body"]) == 64
    assert json.loads(made.one("RestApi").inputs["body"])["paths"].keys() == API["paths"].keys()


def test_the_function_reads_marts_through_its_workgroup_and_writes_nothing_but_results(made: Recording) -> None:
    statements = made.document("RolePolicy", "end-use-api")
    by_id = {each["Sid"]: each for each in statements}
    assert by_id["Query"]["Resource"] == ["arn:aws:athena:eu-west-1:123456789012:workgroup/medallion-dev"]
    written = [arn for each in statements if "s3:PutObject" in each["Action"] for arn in each["Resource"]]
    assert written == [f"{NAMES.bucket_arn('results')}/*"]
    variables = made.one("lambda/function:Function").inputs["environment"]["variables"]
    assert variables == {"DATABASE_REFINED": "medallion_dev_refined", "WORKGROUP": "medallion-dev"}


def test_only_this_api_may_call_the_function(made: Recording) -> None:
    permission = made.one("lambda/permission:Permission").inputs
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"].endswith("/*")
