"""Topics and schedules: what announces and starts things."""

from __future__ import annotations

from pulumi_policy import Severity

from ..rule import Verdict, must, resource_rule, security_hub, stack_rule
from ..subject import Stack, Subject
from ..tokens import SCHEDULE, TOPIC, TOPIC_POLICY
from .encryption import AT_REST, WITHDRAWN, customer_managed
from .transit import IN_TRANSIT, refuses_plain_http


@resource_rule(
    id="sns-customer-key",
    title="Topics are encrypted with a customer-managed key.",
    severity=Severity.HIGH,
    controls=(*security_hub("SNS.1"), *AT_REST),
    types=(TOPIC,),
    why=f"messages tell what broke and where, and AWS's own key lets no alarm publish; {WITHDRAWN}",
    remedy="kms_master_key_id=key.arn",
)
def sns_customer_key(topic: Subject) -> Verdict:
    """Without a key a topic isn't encrypted by KMS at all."""
    yield from must(topic, "kmsMasterKeyId", customer_managed, "kmsMasterKeyId is {}")


@stack_rule(
    id="sns-tls-only",
    title="Every topic refuses messages without TLS.",
    severity=Severity.HIGH,
    controls=IN_TRANSIT,
    types=(TOPIC,),
    why="SNS answers plain HTTP too, and messages name what broke and where",
    remedy='{"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic.arn, '
    '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
)
def sns_tls_only(topic: Subject, stack: Stack) -> Verdict:
    """The policy may be the topic's own property or a resource beside it; SNS takes no sns:* in one."""
    documents = [policy.get("policy") for policy in stack.pointing(topic, "arn", TOPIC_POLICY)]
    yield from refuses_plain_http(topic, documents, "sns", "sns:publish")


@resource_rule(
    id="scheduler-customer-key",
    title="Schedules are encrypted with a customer-managed key.",
    severity=Severity.MEDIUM,
    controls=AT_REST,
    types=(SCHEDULE,),
    why=f"a schedule keeps the input of what it starts; {WITHDRAWN}",
    remedy="kms_key_arn=key.arn",
)
def scheduler_customer_key(schedule: Subject) -> Verdict:
    """Without one the scheduler uses a key that nobody outside AWS sees."""
    yield from must(schedule, "kmsKeyArn", customer_managed, "kmsKeyArn is {}")
