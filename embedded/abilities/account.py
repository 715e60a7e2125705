"""The event bus, S3, and what the rest of the account does."""

from embedded.abilities.row import Tested, asked, does, ignores, records, refuses, seen_in

EVENT_BUS = (
    does(
        "rules reach queues, topics and GraphQL APIs (with their input transformers), log groups and workflows",
        *seen_in(
            "data_quality",
            "a_result_with_a_rule_that_fails_is_told_to_the_topic_of_a_rule_on_the_bus",
            "a_topic_gets_the_whole_event_where_nothing_transforms_it",
        ),
        *seen_in("graphql", "a_rule_of_the_bus_sends_its_operation"),
        *seen_in("workflow_runs", "so_many_events_start_one_run_that_names_them"),
    ),
    does(
        "events of who puts them, of buckets that tell EventBridge, of Glue jobs that end (`Glue Job State Change`), "
        "of data quality results",
        *seen_in("workflow_runs", "objects_that_arrive_start_a_run"),
        *seen_in("data_quality", "a_result_with_a_rule_that_fails_is_told_to_the_topic_of_a_rule_on_the_bus"),
        but="no other service tells it anything",
    ),
    refuses(
        "a target of another kind, Lambda among them, to who puts the event",
        asked(
            "call",
            "events.put_events",
            "has a target that the bus does not reach: arn:aws:lambda:",
            Entries=[{"Source": "{unreached}", "DetailType": "any", "Detail": "{}"}],
        ),
    ),
    ignores("such a target of an event that a service tells: only a warning in `cloud.log` names it"),
)

S3 = (
    does(
        "bucket policies are judged by object calls: a Deny holds where its principal is everybody and *all its "
        "conditions surely hold*. Known are transport and TLS version (loopback counts as TLS), the account, “is an "
        "AWS service”, “via an AWS service” (both false), and the request's own encryption, ACL and storage-class "
        "headers",
        *seen_in(
            "buckets",
            "a_deny_holds_where_its_conditions_surely_do",
            "a_deny_of_unencrypted_puts_looks_at_the_requests_headers",
        ),
        but="a statement that asks for more (`aws:SourceVpce`, an organisation, an address; of the deployer "
        "`aws:PrincipalArn` too) is **not applied**: this cloud does not know",
    ),
    does(
        "403 `AccessDenied` to a role or user for an object, or a listing of a bucket's, that its own policies, the "
        "boundary of its role, the policy of its session and the bucket's *surely* don't let it: a Deny holds, or "
        "there is no Allow",
        *seen_in(
            "lake_enforced",
            "objects_are_refused_to_whom_no_policy_lets_have_them",
            "a_listing_is_judged_by_its_prefix",
            "a_session_or_a_boundary_narrows_what_a_role_may",
            "a_bucket_may_admit_or_deny_by_name",
        ),
        but="a condition or a variable that can't be judged may allow, and does not deny",
    ),
    does(
        "a copy has to be let read its source; a URL signed beforehand is judged by who signed it",
        *seen_in("lake_enforced", "no_way_round_leads_to_an_object"),
    ),
    does(
        "Object Lock refuses to delete a locked version, whether the object was put, copied or sent in parts; default "
        "retention can be set on a bucket that holds objects",
        *seen_in(
            "buckets",
            "a_locked_version_can_not_be_deleted_but_a_plain_delete_adds_a_marker",
            "default_retention_reaches_objects_however_they_come",
        ),
    ),
    refuses(
        "metrics, analytics and intelligent tiering of a bucket",
        asked(
            "call",
            "s3.put_bucket_metrics_configuration",
            "PUT of a bucket's id, metrics is not implemented",
            Bucket="{bucket}",
            Id="all",
            MetricsConfiguration={"Id": "all"},
        ),
    ),
    records(
        "lifecycle rules, access logging, replication, inventory",
        *seen_in("buckets", "a_lifecycle_is_read_back_as_it_was_put"),
    ),
    ignores("the rights of calls about buckets themselves, and of the keys of encryption"),
)

THE_REST = (
    does(
        "CloudFormation stacks, whose templates are checked by the schemas before",
        Tested("provider/test_templates", "test_a_template_s_resource_is_checked_by_its_schema"),
        but="they are moto's",
    ),
    does(
        "a certificate is issued once its records stand in a public zone of the account, and not before",
        *seen_in("patches_entrance", "a_certificate_is_issued_once_its_record_exists_and_shown_only_then"),
    ),
    refuses(
        "an action that moto lacks: `NotImplemented`, with status 501, which SDKs do not retry",
        *seen_in("server", "what_moto_lacks_is_an_error_that_sdks_read_and_do_not_retry"),
        asked("call", "datazone.list_domains", "ListDomains of datazone has not been implemented"),
    ),
    refuses(
        "a type in a CloudFormation template that moto lacks, where moto passes over it",
        asked(
            "call",
            "cloudformation.create_stack",
            "AWS::Glue::Classifier is not handled by the embedded AWS",
            StackName="refused",
            TemplateBody='{"Resources": {"A": {"Type": "AWS::Glue::Classifier", "Properties": {}}}}',
        ),
    ),
    records(
        "schedules, alarms, dashboards, metric filters, budgets, web ACLs, usage limits, lifecycle rules, flow logs: "
        "kept, "
        "shown and changed, and they start nothing"
    ),
    records("user pools beyond moto's own sign-in"),
    records("subscriptions by mail: they wait for ever to be confirmed"),
    records(
        "types that moto lacks, in the state of Pulumi alone: see [only recorded](#only-recorded)",
        Tested("provider/test_recorded", "test_a_recorded_type_says_why_and_what_its_inputs_are_checked_by"),
    ),
    records("encryption: keys are shown, and nothing is encrypted with them"),
    ignores("signatures, IAM policies but those for S3's objects, key policies and endpoint policies, for everybody"),
)
