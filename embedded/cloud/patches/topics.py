"""SNS: attributes of topics that moto keeps and doesn't tell, and subscriptions that wait for an answer by mail."""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from embedded.cloud.patches.graft import graft

_DELIVERIES = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
_OUTCOMES = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_UNTOLD = (
    "ArchivePolicy",
    "FifoThroughputScope",
    "MaximumMessageSize",
    "SignatureVersion",
    "TracingConfig",
    *(f"{kind}{outcome}" for kind in _DELIVERIES for outcome in _OUTCOMES),
)
_get_topic_attributes = SNSResponse.get_topic_attributes
_subscribe = SNSBackend.subscribe


class _Topics:
    def get_topic_attributes(self: Any) -> Any:
        answer = _get_topic_attributes(self)
        kept = vars(self.backend.get_topic(self._get_param("TopicArn")))
        told = {name: kept.get(camelcase_to_underscores(name)) for name in _UNTOLD}
        answer.result["Attributes"].update({name: value for name, value in told.items() if value})
        return answer


class _Backend:
    def subscribe(self: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        subscription = _subscribe(self, topic_arn, endpoint, protocol)
        if protocol.startswith("email"):
            # Whoever owns the address has to follow a link first.
            subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        return subscription


def install() -> None:
    """Patch the response class and the backend."""
    graft(SNSResponse, _Topics)
    graft(SNSBackend, _Backend)
