"""Who asks what of the platform's policies, with which request context, and what IAM says to it.

`rows/contexts.yaml` is the table: for each AWS service and each way in, as whom a call comes and which context keys
come along, with the page of AWS's documentation that says so. `rows/needs.yaml` lists what the platform needs, and
`rows/outsiders.yaml` what others try. `python -m tests.policy.contexts STATE.json` holds all of it against every policy
of a deployed stack, by an evaluator that isn't ours: https://github.com/cloud-copilot/iam-simulate.
"""
