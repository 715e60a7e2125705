"""Lambda, and what sends it events."""

from embedded.abilities.row import asked, does, ignores, records, refuses, seen_in

LAMBDA = (
    does(
        "runs the deployed zip with its layers, in warm children that an update replaces",
        *seen_in("functions", "a_layer_is_on_the_path", "a_child_is_reused_and_replaced_after_an_update"),
    ),
    does(
        "bounds concurrency: reserved 0 refuses every invocation",
        *seen_in("functions", "reserved_concurrency_bounds_the_children"),
        but="three children a function version at most, fewer where it is reserved; what comes above that waits, where "
        "AWS answers 429",
    ),
    does(
        "gives a function the standard library, its archive, its layers and boto3, and an environment of the runtime's "
        "and its own variables: what is not packaged is `Runtime.ImportModuleError`",
        *seen_in(
            "functions",
            "a_function_imports_the_standard_library_boto3_and_its_archive_only",
            "a_function_sees_the_runtimes_variables_and_its_own_and_no_others",
        ),
        but="file system and user are this machine's",
    ),
    does(
        "`Timeout`, `FunctionError` with errorType, errorMessage and stackTrace",
        *seen_in(
            "functions",
            "an_exception_is_a_function_error_with_its_trace",
            "each_way_to_fail_has_its_type",
            "the_timeout_is_honoured_and_the_next_invocation_works",
        ),
    ),
    does(
        "the log's tail, text and JSON logs (`LoggingConfig`), CloudWatch group `/aws/lambda/<name>`",
        *seen_in(
            "functions",
            "what_a_function_says_is_in_cloudwatch_and_in_a_file",
            "a_log_group_of_ones_own_and_json_lines_follow_logging_config",
        ),
    ),
    does(
        "`RequestResponse`, `DryRun`, and `Event` with its two retries; destinations and dead letters to SQS and SNS",
        *seen_in("functions", "a_dry_run_runs_nothing", "an_asynchronous_invocation_is_retried_and_then_reported"),
        but="retries are 0.5 and 1 s apart, not 1 and 2 minutes",
    ),
    refuses(
        "images",
        asked(
            "function", "PackageType: Image", "is an image; the embedded cloud runs zip packages", PackageType="Image"
        ),
    ),
    refuses(
        "runtimes other than this interpreter's `python3.11`",
        asked("function", "Runtime: nodejs20.x", "wants nodejs20.x; the embedded cloud runs", Runtime="nodejs20.x"),
    ),
    refuses(
        "provisioned concurrency",
        asked(
            "call",
            "lambda.put_provisioned_concurrency_config",
            "PutProvisionedConcurrencyConfig of lambda has not been implemented",
            FunctionName="{function}",
            Qualifier="1",
            ProvisionedConcurrentExecutions=1,
        ),
    ),
    refuses(
        "response streaming",
        asked(
            "call",
            "lambda.invoke_with_response_stream",
            "InvokeWithResponseStream of lambda has not been implemented",
            FunctionName="{function}",
        ),
    ),
    records(
        "function URLs: one is given, and nobody answers there",
        asked("call", "lambda.create_function_url_config", FunctionName="{function}", AuthType="NONE"),
    ),
    records(
        "X-Ray, VPC settings",
        asked(
            "call",
            "lambda.update_function_configuration",
            FunctionName="{function}",
            TracingConfig={"Mode": "Active"},
        ),
    ),
    records("the memory limit: a function may use what the machine has"),
    ignores(
        "file systems: none is mounted, and none is shown",
        asked(
            "call",
            "lambda.update_function_configuration",
            FunctionName="{function}",
            FileSystemConfigs=[
                {
                    "Arn": "arn:aws:elasticfilesystem:eu-central-1:123456789012:access-point/fsap-0123456789abcdef0",
                    "LocalMountPath": "/mnt/any",
                }
            ],
        ),
    ),
    ignores(
        "SnapStart: it stays `None`",
        asked(
            "call",
            "lambda.update_function_configuration",
            FunctionName="{function}",
            SnapStart={"ApplyOn": "PublishedVersions"},
        ),
    ),
)

EVENT_SOURCES = (
    does(
        "**Kinesis**: a poller for each shard; `BatchSize`, `MaximumBatchingWindowInSeconds`, `StartingPosition`",
        *seen_in(
            "event_sources",
            "a_stream_is_read_from_its_beginning_in_batches_of_documented_events",
            "latest_begins_with_what_is_sent_after_the_mapping",
        ),
        but="sequence numbers are moto's: 1, 2, 3 in each shard; a stream that is split or merged under a mapping "
        "delivers its records again",
    ),
    does(
        "`ReportBatchItemFailures`, `BisectBatchOnFunctionError`, `MaximumRetryAttempts`, `MaximumRecordAgeInSeconds`, "
        "on-failure destination with AWS's metadata document; the checkpoint is never past what succeeded",
        *seen_in(
            "event_sources",
            "a_reported_record_is_isolated_retried_and_then_told_to_the_destination",
            "without_bisecting_a_failing_batch_is_passed_over_whole",
            "a_failing_batch_holds_its_shard_until_it_passes",
        ),
        but="back-off is 0.1 to 5 s",
    ),
    does(
        "**SQS**: `BatchSize`, window, `ScalingConfig`, partial failures; what failed is visible again after the "
        "queue's visibility timeout, and the redrive policy moves it to the dead-letter queue",
        *seen_in(
            "event_sources",
            "a_queue_empties_into_a_function_with_documented_events",
            "what_fails_stays_in_the_queue_and_ends_in_its_dead_letter_queue",
        ),
        but="two pollers a queue",
    ),
    does(
        "refuses as AWS does: a visibility timeout under the function's timeout, a large batch without a window, the "
        "same mapping twice",
        *seen_in("event_sources", "a_mapping_that_aws_refuses_is_refused"),
    ),
    does(
        "**S3 notifications** to SQS, SNS and Lambda, with `s3:TestEvent`, filters, and events of AWS's shape (key "
        "URL-encoded, `size`, `eTag`, `versionId`, `sequencer`); an object that came in parts is announced once",
        *seen_in(
            "buckets",
            "a_notification_has_the_documented_shape",
            "a_notification_is_filtered_by_prefix_and_suffix",
            "an_object_sent_in_parts_is_announced_once",
            "a_notification_invokes_a_function",
        ),
    ),
    refuses(
        "`FilterCriteria`",
        asked(
            "call",
            "lambda.create_event_source_mapping",
            "The embedded cloud does not evaluate FilterCriteria.",
            FunctionName="{function}",
            EventSourceArn="{stream}",
            StartingPosition="LATEST",
            FilterCriteria={"Filters": [{"Pattern": "{}"}]},
        ),
    ),
    refuses(
        "tumbling windows",
        asked(
            "call",
            "lambda.create_event_source_mapping",
            "The embedded cloud does not evaluate TumblingWindowInSeconds.",
            FunctionName="{function}",
            EventSourceArn="{stream}",
            StartingPosition="LATEST",
            TumblingWindowInSeconds=10,
        ),
    ),
    refuses(
        "DynamoDB streams, Kafka and all other sources",
        asked(
            "call",
            "lambda.create_event_source_mapping",
            "The embedded cloud polls Kinesis streams and SQS queues, not arn:aws:dynamodb:",
            FunctionName="{function}",
            EventSourceArn="arn:aws:dynamodb:eu-central-1:123456789012:table/t/stream/2026",
            StartingPosition="LATEST",
        ),
    ),
    records(
        "`ParallelizationFactor`: it counts as 1",
        asked(
            "call",
            "lambda.create_event_source_mapping",
            FunctionName="{function}",
            EventSourceArn="{stream}",
            StartingPosition="LATEST",
            ParallelizationFactor=5,
        ),
    ),
)
