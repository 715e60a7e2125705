"""The end-to-end check of a running platform, embedded or real: the same calls for both."""
