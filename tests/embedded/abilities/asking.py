"""How an example of the table of abilities is asked of a running embedded AWS, way by way, and what it answers.

An answer is the text of the error, and "" where what was asked is accepted.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from embedded.abilities.row import Example, Way
from tests.embedded.cloud import (
    test_cluster_steps,
    test_data_quality,
    test_event_sources,
    test_graphql,
    test_jobs,
    test_load_balancer,
    test_rest,
    test_warehouse,
)
from tests.embedded.cloud.clients import ACCOUNT, REGION, Aws, two_subnets, unique
from tests.embedded.cloud.test_athena import Lake

HANDLER = "def handler(event, context):\n    return 1\n"


class Asking:
    """Somebody who asks, with what the examples need: each thing is made when it is first asked for."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.ways: Mapping[Way, Callable[[Example], str]] = {
            "call": self._call,
            "athena": self._athena,
            "redshift": self._redshift,
            "function": self._function,
            "job": self._job,
            "rule": self._rule,
            "step": self._step,
            "graphql": self._graphql,
            "field": self._field,
            "rest": self._rest,
            "elb": self._elb,
        }
        self.words: Mapping[str, Callable[[], Any]] = {
            "bucket": aws.bucket,
            "database": aws.database,
            "function": lambda: aws.function(HANDLER),
            "stream": lambda: test_event_sources._stream(aws)[1],
            "table": self._table,
            "crawler": self._crawler,
            "trigger": self._trigger,
            "unreached": self._unreached,
            "graphql_api": lambda: self.api.id,
        }

    def __call__(self, example: Example) -> str:
        return self.ways[example.way](example)

    def _filled(self, value: Any) -> Any:
        """A value with what is made for its `{words}`."""
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        word = re.fullmatch(r"\{(\w+)\}", value) if isinstance(value, str) else None
        return self.words[word[1]]() if word else value

    def _call(self, example: Example) -> str:
        service, _, action = example.asked.partition(".")
        given = self._filled(dict(example.given))
        try:
            getattr(self.aws.client(service), action)(**given)
        except ClientError as refused:
            return str(refused)
        return ""

    def _athena(self, example: Example) -> str:
        status = self.lake.run(example.asked)["Status"]
        return "" if status["State"] == "SUCCEEDED" else str(status["StateChangeReason"])

    def _redshift(self, example: Example) -> str:
        return str(test_warehouse._run(self.aws, self.cluster, example.asked).get("Error", ""))

    def _function(self, example: Example) -> str:
        name, given = unique(), dict(example.given)
        if "PackageType" in given:
            image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/any@sha256:{'0' * 64}"
            self.aws.client("lambda").create_function(
                FunctionName=name, Role=self.aws.role(), Code={"ImageUri": image}, Timeout=3, **given
            )
        else:
            name = self.aws.function(HANDLER, **given)
        answer, response = self.aws.invoke(name)
        return str(answer["errorMessage"]) if "FunctionError" in response else ""

    def _job(self, example: Example) -> str:
        run = test_jobs.run_job(self.aws, test_jobs.create_job(self.aws, "pass", **example.given))
        return str(run.get("ErrorMessage", ""))

    def _rule(self, example: Example) -> str:
        (found,) = test_data_quality.outcomes(self.lake, example.asked)
        return str(found["EvaluationMessage"]) if found["Result"] == "ERROR" else ""

    def _step(self, example: Example) -> str:
        jar, *args = example.asked.split()
        step = test_cluster_steps.step(*args, jar=jar)
        (identifier,) = self.aws.client("emr").add_job_flow_steps(JobFlowId=self.job_flow, Steps=[step])["StepIds"]
        status = test_cluster_steps.ended(self.aws, self.job_flow, identifier)
        return str(status["FailureDetails"]["Message"]) if status["State"] == "FAILED" else ""

    def _graphql(self, example: Example) -> str:
        return _told(self.api.ask(example.asked))

    def _field(self, example: Example) -> str:
        """A field that is resolved as the example says."""
        given = dict(example.given)
        source, operation = given.pop("source", None), given.pop("operation", None)
        if source:
            name = unique().replace("-", "_")
            self.api.source(name, **source)
            code = f"export function request(ctx) {{ return {{operation: '{operation}'}} }}\n"
            code += "export function response(ctx) { return ctx.result }"
            given |= {"dataSourceName": name, "code": code, "runtime": test_graphql.RUNTIME}
        self.api.appsync.create_resolver(apiId=self.api.id, typeName="Query", fieldName="plain", **given)
        try:
            return _told(self.api.ask("{ plain { origin } }"))
        finally:
            self.api.appsync.delete_resolver(apiId=self.api.id, typeName="Query", fieldName="plain")

    def _rest(self, example: Example) -> str:
        """A method of an API that is as the example says."""
        url = test_rest._deploy(self.aws, test_rest.ECHO, {"/any": {"get": dict(example.given)}})
        status, body, _ = test_rest._call(f"{url}/any")
        return "" if status == 200 else f"{status} {body['message']}"

    def _elb(self, example: Example) -> str:
        """A listener whose action, or whose group, is as the example says."""
        given = dict(example.given)
        if "TargetType" in given:
            vpc, _ = two_subnets(self.aws)
            made = self.aws.client("elbv2").create_target_group(
                Name=unique(), Protocol="HTTP", Port=80, VpcId=vpc, **given
            )
            actions = test_load_balancer._forward(made["TargetGroups"][0]["TargetGroupArn"])
        else:
            group, _ = test_load_balancer._group(self.aws, test_load_balancer.ECHO)
            actions = [{**given, "Order": 1}, {**test_load_balancer._forward(group)[0], "Order": 2}]
        url, _ = test_load_balancer._listen(self.aws, actions)
        status, body, _ = test_load_balancer._call(url)
        return "" if status == 200 else body.decode()

    @functools.cached_property
    def lake(self) -> Lake:
        """Tables that are read, and such as are not."""
        lake, serde = Lake(self.aws), "org.openx.data.jsonserde.JsonSerDe"
        columns = [("id", "bigint")]
        lake.table("some", columns, serde)
        lake.table("strange", columns, "org.example.UnheardOfSerDe")
        lake.table("projected", columns, serde, {"projection.enabled": "true"})
        storage = {"Columns": [{"Name": "id", "Type": "bigint"}]}
        view = {"Name": "a_view", "TableType": "VIRTUAL_VIEW", "StorageDescriptor": storage, "ViewOriginalText": "x"}
        self.aws.client("glue").create_table(DatabaseName=lake.database, TableInput=view)
        return lake

    @functools.cached_property
    def cluster(self) -> str:
        """A warehouse."""
        name = unique()
        self.aws.client("redshift").create_cluster(
            ClusterIdentifier=name, NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Secret-1234"
        )
        return name

    @functools.cached_property
    def job_flow(self) -> str:
        """A cluster of EMR."""
        return test_cluster_steps.cluster(self.aws)

    @functools.cached_property
    def api(self) -> test_graphql.Api:
        """A GraphQL API."""
        return test_graphql.Api(self.aws)

    def _table(self) -> dict[str, Any]:
        location = f"s3://{self.aws.bucket()}/t"
        return {"Name": "t", "StorageDescriptor": {"Location": location, "Columns": [{"Name": "a", "Type": "int"}]}}

    def _crawler(self) -> str:
        name = unique()
        targets = {"S3Targets": [{"Path": "s3://any"}]}
        self.aws.client("glue").create_crawler(Name=name, Role="any", Targets=targets)
        return name

    def _trigger(self) -> str:
        name = unique()
        job = test_jobs.create_job(self.aws, "pass")
        self.aws.client("glue").create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": job}])
        return name

    def _unreached(self) -> str:
        """The source of events for which there is a rule with a function as its target."""
        events, name = self.aws.client("events"), unique()
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:any"
        events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": arn}])
        return name


def _told(answer: dict[str, Any]) -> str:
    return "; ".join(each["message"] for each in answer.get("errors", ()))
