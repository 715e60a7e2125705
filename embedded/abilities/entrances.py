"""What answers over HTTP in the place of API Gateway, AppSync and load balancers."""

from embedded.abilities.row import asked, does, ignores, records, refuses, seen_in

API_GATEWAY = (
    does(
        "answers the routes of a deployed REST API through its Lambda proxy integrations, with the documented event",
        *seen_in(
            "rest",
            "a_function_gets_the_documented_proxy_event",
            "greedy_paths_and_any_method_come_last",
            "status_and_headers_are_the_functions",
        ),
        but="a stage answers with the API as it is now, not as it was at its deployment",
    ),
    does(
        "403 `Missing Authentication Token` for unknown routes, and for an `AWS_IAM` method without a Signature "
        "Version 4",
        *seen_in(
            "rest",
            "unknown_routes_methods_stages_and_apis_are_refused_as_api_gateway_does",
            "a_method_with_iam_wants_a_signature",
        ),
        but="the signature itself is **not verified**",
    ),
    does(
        "403 `Forbidden` for a method that wants an API key, without the key of a usage plan of its stage",
        *seen_in("rest", "a_method_with_a_key_wants_one_of_a_usage_plan_of_its_stage"),
    ),
    does(
        "500 where a function gave `apigateway.amazonaws.com` no permission, 502 for a malformed answer, 504 after 29 "
        "s",
        *seen_in("rest", "a_function_that_did_not_permit_the_gateway_is_not_invoked", "a_malformed_answer_is_502"),
    ),
    refuses(
        "other integrations",
        asked(
            "rest",
            "integration mock",
            "The embedded cloud does not do integration mock.",
            **{"x-amazon-apigateway-integration": {"type": "mock"}},
        ),
    ),
    refuses(
        "authorizers",
        asked(
            "rest",
            "authorization CUSTOM",
            "The embedded cloud does not do authorization CUSTOM.",
            **{"x-amazon-apigateway-auth": {"type": "CUSTOM"}},
        ),
    ),
    records(
        "throttling, caching, models and validators, what usage plans count, resource policies",
    ),
)

APPSYNC = (
    does(
        "queries and mutations of a deployed GraphQL API, by unit resolvers in JavaScript (`APPSYNC_JS`), run in V8, "
        "over data sources of Lambda (`Invoke`) and `NONE`",
        *seen_in(
            "graphql",
            "a_field_is_resolved_by_its_javascript_and_the_function_behind_it",
            "a_mutation_without_a_source_hands_on_its_arguments",
        ),
    ),
    does(
        "`util.error`, `util.appendError`, `util.unauthorized`, `util.time.nowISO8601`, `runtime.earlyReturn`, "
        "`console`",
        *seen_in(
            "graphql",
            "what_a_resolver_refuses_is_an_error_with_its_type_and_path",
            "a_handler_may_return_early_and_leave_things_in_the_stash",
        ),
    ),
    does(
        "depth limit, introspection, directives of authorization",
        *seen_in(
            "graphql",
            "a_query_that_can_t_be_is_refused_with_the_reason",
            "introspection_answers_unless_it_is_switched_off",
            "who_signed_in_gets_what_is_open_to_them_and_nothing_else",
        ),
        but="what a query gets wrong is told by graphql-core's words, not AppSync's",
    ),
    does(
        "wants a Signature Version 4, or a token of a user pool",
        *seen_in("graphql", "who_says_nothing_of_themselves_is_refused"),
        but="**neither is verified**",
    ),
    does(
        "a rule of EventBridge whose target is the API sends its operation",
        *seen_in("graphql", "a_rule_of_the_bus_sends_its_operation"),
    ),
    refuses(
        "subscriptions (**nothing listens**), and so filters of `@aws_subscribe`",
        asked("graphql", "subscription { onVersion { version } }", "The embedded cloud has no subscriptions"),
    ),
    refuses(
        "pipeline resolvers and functions",
        asked(
            "field",
            "kind: PIPELINE",
            "The embedded cloud runs unit resolvers in JavaScript only.",
            kind="PIPELINE",
            pipelineConfig={"functions": []},
        ),
        asked(
            "call",
            "appsync.create_function",
            "CreateFunction of appsync has not been implemented",
            apiId="x",
            name="f",
            dataSourceName="d",
        ),
    ),
    refuses(
        "VTL",
        asked(
            "field",
            "requestMappingTemplate",
            "The embedded cloud runs unit resolvers in JavaScript only.",
            dataSourceName="nothing",
            requestMappingTemplate='{"version": "2018-05-29"}',
            responseMappingTemplate="$util.toJson($ctx.result)",
        ),
    ),
    refuses(
        "other data sources",
        asked(
            "field",
            "a data source AMAZON_DYNAMODB",
            "The embedded cloud does not do GetItem on a data source AMAZON_DYNAMODB.",
            source={
                "type": "AMAZON_DYNAMODB",
                "dynamodbConfig": {"tableName": "t", "awsRegion": "eu-central-1"},
            },
            operation="GetItem",
        ),
    ),
    refuses(
        "other utilities and modules",
        *seen_in("graphql", "code_that_fails_says_why", "a_module_that_is_not_there_is_refused_by_name"),
    ),
    refuses("API keys, of who asks with one", *seen_in("graphql", "a_key_is_refused_by_name")),
    records(
        "caching",
        asked(
            "call",
            "appsync.create_api_cache",
            apiId="{graphql_api}",
            ttl=60,
            apiCachingBehavior="FULL_REQUEST_CACHING",
            type="SMALL",
        ),
    ),
)

LOAD_BALANCERS = (
    does(
        "rules by priority, with their six kinds of conditions; `forward` to lambda targets (by weight), `redirect`, "
        "`fixed-response`",
        *seen_in("load_balancer", "rules_come_before_the_default_by_their_priority"),
    ),
    does(
        "the headers that a listener adds; the documented event, with the headers that the load balancer puts before "
        "it",
        *seen_in(
            "load_balancer",
            "a_listener_s_headers_are_added_and_its_name_left_out_when_told_so",
            "a_function_gets_the_documented_event",
            "multi_value_headers_are_lists_both_ways",
        ),
    ),
    does(
        "502 where the function gave no permission to `elasticloadbalancing.amazonaws.com` for the target group, or "
        "its answer is malformed or over 1 MiB; 413 for a request over 1 MiB",
        *seen_in(
            "load_balancer",
            "a_function_without_the_permission_can_t_be_registered_and_answers_502_once_it_lost_it",
            "a_malformed_answer_is_502",
            "a_group_without_targets_is_503_and_a_body_that_is_too_large_413",
        ),
    ),
    does(
        "deletion protection",
        *seen_in("patches_entrance", "a_protected_load_balancer_is_not_deleted"),
    ),
    refuses(
        "`authenticate-cognito` and `authenticate-oidc`: nobody can sign in here",
        asked(
            "elb",
            "authenticate-oidc",
            "authenticate-oidc is not done by the embedded cloud",
            Type="authenticate-oidc",
            AuthenticateOidcConfig={
                "Issuer": "https://example.com",
                "AuthorizationEndpoint": "https://example.com/a",
                "TokenEndpoint": "https://example.com/t",
                "UserInfoEndpoint": "https://example.com/u",
                "ClientId": "c",
                "ClientSecret": "s",
            },
        ),
    ),
    refuses(
        "targets other than functions",
        asked("elb", "targets of type ip", "has targets of type ip, which don't live here", TargetType="ip"),
    ),
    records("TLS, access logs, health checks"),
    ignores("the HTTP listener, and what a web ACL in front refuses"),
)
