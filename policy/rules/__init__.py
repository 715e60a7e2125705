"""Every rule of the pack. A rule that is not listed here doesn't exist; a test pins the list."""

from ..rule import Rule
from .access import iam_no_wildcard_action, kms_rotation, lake_formation_only, no_wildcard_principal
from .audit import (
    api_access_logged,
    cloudtrail_complete,
    cloudtrail_data_events,
    log_bucket_deliverable,
    redshift_audited,
    s3_access_logged,
    vpc_flow_logs,
)
from .buckets import s3_encryption_declared
from .encryption import (
    athena_customer_key,
    cloudtrail_customer_key,
    emr_customer_key,
    glue_catalog_customer_key,
    glue_customer_key,
    glue_secured,
    kinesis_customer_key,
    logs_customer_key,
    redshift_customer_key,
    s3_customer_key,
    secrets_customer_key,
    sqs_customer_key,
)
from .exposure import (
    default_group_closed,
    function_not_public,
    no_open_ingress,
    redshift_private,
    s3_public_access_blocked,
)
from .immutability import redshift_snapshots, s3_object_lock
from .network import (
    endpoint_policy,
    endpoint_private_dns,
    isolated_without_default_route,
    s3_gateway_on_private_tables,
)
from .perimeter import (
    emr_secured,
    endpoints_closed,
    function_in_vpc,
    glue_in_vpc,
    redshift_enhanced_routing,
    s3_perimeter,
)
from .transit import api_authorized, api_tls, emr_tls, redshift_tls_only, s3_tls_only, sqs_tls_only

RULES: tuple[Rule, ...] = (
    kinesis_customer_key,
    s3_encryption_declared,
    s3_customer_key,
    sqs_customer_key,
    logs_customer_key,
    redshift_customer_key,
    emr_customer_key,
    glue_customer_key,
    glue_secured,
    glue_catalog_customer_key,
    athena_customer_key,
    cloudtrail_customer_key,
    secrets_customer_key,
    kms_rotation,
    s3_tls_only,
    sqs_tls_only,
    redshift_tls_only,
    emr_tls,
    api_tls,
    s3_public_access_blocked,
    redshift_private,
    no_open_ingress,
    default_group_closed,
    function_not_public,
    api_authorized,
    no_wildcard_principal,
    iam_no_wildcard_action,
    lake_formation_only,
    s3_gateway_on_private_tables,
    endpoints_closed,
    endpoint_private_dns,
    endpoint_policy,
    isolated_without_default_route,
    s3_perimeter,
    function_in_vpc,
    glue_in_vpc,
    emr_secured,
    redshift_enhanced_routing,
    s3_object_lock,
    redshift_snapshots,
    cloudtrail_complete,
    cloudtrail_data_events,
    s3_access_logged,
    log_bucket_deliverable,
    vpc_flow_logs,
    redshift_audited,
    api_access_logged,
)
