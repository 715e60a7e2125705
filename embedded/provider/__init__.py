"""Pulumi's resource plugins `aws` and `awsx`, in Python, for an AWS that lives on the loopback interface."""
