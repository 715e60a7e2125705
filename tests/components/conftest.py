"""Loads the SDK's modules that warn of their own old names when they are first touched."""

import warnings

import pulumi_aws as aws
import pulumi_awsx as awsx

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    LOADED = (
        awsx.ec2.Vpc,
        aws.ec2.Vpc,
        aws.cloudtrail.Trail,
        aws.emr.Cluster,
        aws.glue.Job,
        aws.iam.Role,
        aws.s3.Bucket,
    )
