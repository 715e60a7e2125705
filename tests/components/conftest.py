"""Loads the SDK's modules, some of which warn of their own old names when they are first touched."""

import warnings

import pulumi_aws as aws
import pulumi_awsx as awsx

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    LOADED = (
        awsx.ec2.Vpc,
        aws.apigateway.RestApi,
        aws.cloudtrail.Trail,
        aws.cloudwatch.LogGroup,
        aws.ec2.Vpc,
        aws.emr.Cluster,
        aws.glue.Job,
        aws.iam.Role,
        aws.lambda_.Function,
        aws.redshift.Cluster,
        aws.s3.Bucket,
    )
