"""SNS: topics, who may use them, and who hears of them."""

import json
from collections.abc import Mapping
from typing import Any

from embedded.provider.entry import Entry, Gone, Tagging, call, words
from embedded.provider.rules import among, document, within
from embedded.provider.table.topic_rules import DELIVERIES, ENDPOINTS, PERCENT, subscribed, topic_kind, topic_policy
from embedded.provider.values import Props
from embedded.provider.work import Work

_OUTCOMES = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_TOPIC = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maximumMessageSize": "MaximumMessageSize",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    **{f"{kind.lower()}{outcome}": f"{kind}{outcome}" for kind in DELIVERIES for outcome in _OUTCOMES},
}
_SUBSCRIPTION = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_FLAGS = words("contentBasedDeduplication fifoTopic rawMessageDelivery")
_DEFAULT_POLICY = "__default_policy_ID"
_OWNER_MAY = (
    "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe "
    "ListSubscriptionsByTopic Publish"
)


def _texts(props: Mapping[str, Any], attributes: Mapping[str, str]) -> dict[str, str]:
    given = {m: props[n] for n, m in attributes.items() if props.get(n) is not None}
    return {m: str(v).lower() if isinstance(v, bool) else str(v) for m, v in given.items()}


def _changes(work: Work, attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes that changed; SNS unsets a text by an empty one. A filter's scope is said before the filter."""
    changed = [n for n in attributes if n in work.facts["changed"]]
    unset = {attributes[n]: "false" if n in _FLAGS else "" for n in changed}
    wanted = {**unset, **_texts({n: work.new.get(n) for n in changed}, attributes)}
    return dict(sorted(wanted.items(), key=lambda each: each[0] != "FilterPolicyScope"))


def _props(found: Mapping[str, str], attributes: Mapping[str, str]) -> Props:
    props: Props = {n: found[m] for n, m in attributes.items() if m in found}
    return {n: v == "true" if n in _FLAGS else v for n, v in props.items()}


def _create_topic(work: Work) -> str:
    wanted = {k: v for k, v in _texts(work.new, _TOPIC).items() if v != "false"}
    return str(work.ask("create_topic", Name=work.new["name"], Attributes=wanted)["TopicArn"])


def _update_topic(work: Work) -> None:
    for name, value in _changes(work, _TOPIC).items():
        work.ask("set_topic_attributes", TopicArn=work.id, AttributeName=name, AttributeValue=value)


def _read_topic(work: Work) -> Props:
    found = work.ask("get_topic_attributes", TopicArn=work.id)["Attributes"]
    own = {"arn": work.id, "name": work.id.rsplit(":", 1)[1], "owner": found["Owner"]}
    return {**_props(found, _TOPIC), **own}


def _read_policy(work: Work) -> Props:
    """A topic has a policy at all times; the one that SNS gives to every topic is nobody's resource."""
    found = work.ask("get_topic_attributes", TopicArn=work.id)["Attributes"]
    if json.loads(found["Policy"]).get("Id") == _DEFAULT_POLICY:
        raise Gone
    return {"arn": work.id, "policy": found["Policy"], "owner": found["Owner"]}


def _reset_policy(work: Work) -> None:
    """Give the topic back the policy that SNS gives to every topic, as Terraform's provider does."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in _OWNER_MAY.split()],
        "Resource": work.id,
        "Condition": {"StringEquals": {"AWS:SourceOwner": work.cloud.account}},
    }
    policy = json.dumps({"Version": "2008-10-17", "Id": _DEFAULT_POLICY, "Statement": [statement]})
    work.ask("set_topic_attributes", TopicArn=work.id, AttributeName="Policy", AttributeValue=policy)


def _subscribe(work: Work) -> str:
    props = work.new
    made = work.ask(
        "subscribe",
        TopicArn=props["topic"],
        Protocol=props["protocol"],
        Endpoint=props["endpoint"],
        Attributes={k: v for k, v in _texts(props, _SUBSCRIPTION).items() if v != "false"},
        ReturnSubscriptionArn=True,
    )
    return str(made["SubscriptionArn"])


def _subscription_id(context: Mapping[str, Any]) -> str:
    topic = str(context["topic"]).rsplit(":", 1)[-1]
    return f"arn:{context['partition']}:sns:{context['region']}:{context['account']}:{topic}:{context['uuid']}"


def _update_subscription(work: Work) -> None:
    for name, value in _changes(work, _SUBSCRIPTION).items():
        work.ask("set_subscription_attributes", SubscriptionArn=work.id, AttributeName=name, AttributeValue=value)


def _read_subscription(work: Work) -> Props:
    found = work.ask("get_subscription_attributes", SubscriptionArn=work.id)["Attributes"]
    told = {
        "confirmationWasAuthenticated": "ConfirmationWasAuthenticated",
        "pendingConfirmation": "PendingConfirmation",
    }
    return {
        **_props(found, _SUBSCRIPTION),
        **{n: found[m] == "true" for n, m in told.items()},
        "arn": work.id,
        "topic": found["TopicArn"],
        "endpoint": found["Endpoint"],
        "protocol": found["Protocol"],
        "ownerId": found["Owner"],
    }


_GONE = words("NotFound NotFoundException")

ENTRIES: dict[str, Entry] = {
    "aws:sns/topic:Topic": Entry(
        service="sns",
        id="arn:{partition}:sns:{region}:{account}:{name}",
        create=_create_topic,
        read=(_read_topic,),
        update=_update_topic,
        delete=call("delete_topic", TopicArn="{id}"),
        tags=Tagging({"ResourceArn": "{id}"}, "tag_resource", "untag_resource", "list_tags_for_resource"),
        takes=frozenset(_TOPIC) | {"name"},
        shared=words("policy"),
        outputs={"arn": "{id}", "owner": "{account}"},
        replace=words("name fifoTopic"),
        gone=_GONE,
        named="name",
        longest=256,
        rules=(
            topic_kind,
            among(signatureVersion=(1, 2), tracingConfig=("PassThrough", "Active")),
            among(fifoThroughputScope=("Topic", "MessageGroup")),
            within(maximumMessageSize=(1024, 1048576), **PERCENT),
            *(document(n) for n in ("archivePolicy", "deliveryPolicy", "policy")),
        ),
        cfn="AWS::SNS::Topic",
    ),
    "aws:sns/topicPolicy:TopicPolicy": Entry(
        service="sns",
        id="{arn}",
        create=call(
            "set_topic_attributes", TopicArn="{arn}", AttributeName="Policy", AttributeValue="{policy}", only=""
        ),
        read=(_read_policy,),
        update=call(
            "set_topic_attributes", TopicArn="{arn}", AttributeName="Policy", AttributeValue="{policy}", only=""
        ),
        delete=_reset_policy,
        outputs={"owner": "{account}"},
        replace=words("arn"),
        gone=_GONE,
        rules=(topic_policy,),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Entry(
        service="sns",
        id=_subscription_id,
        create=_subscribe,
        read=(_read_subscription,),
        update=_update_subscription,
        delete=call("unsubscribe", SubscriptionArn="{id}"),
        takes=frozenset(_SUBSCRIPTION) | words("topic protocol endpoint"),
        local={"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False},
        outputs={"arn": "{id}", "ownerId": "{account}"},
        replace=words("topic protocol endpoint"),
        gone=_GONE,
        rules=(
            subscribed,
            among(protocol=tuple(ENDPOINTS), filterPolicyScope=("MessageAttributes", "MessageBody")),
            *(document(n) for n in ("deliveryPolicy", "filterPolicy", "redrivePolicy")),
        ),
        cfn="AWS::SNS::Subscription",
    ),
}
