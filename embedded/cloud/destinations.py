"""Where a record of failure goes: a queue or a topic, by its ARN."""

import logging
import time

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

log = logging.getLogger(__name__)


def send(arn: str, body: str) -> None:
    """Deliver `body` to the queue or topic `arn`; what can't be delivered is logged, as AWS drops it."""
    _, _, service, region, account, name = arn.split(":", 5)
    try:
        if service == "sqs":
            sqs_backends[account][region].send_message(queue_name=name, message_body=body)
        elif service == "sns":
            sns_backends[account][region].publish(arn=arn, message=body)
        else:
            log.error("Destination %s is a %s; the embedded cloud delivers to SQS and SNS only.", arn, service)
    except Exception:
        log.exception("Could not deliver a record of failure to %s", arn)


def stamp(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds, as AWS writes times into records of failure."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
