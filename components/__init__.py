"""What builds AWS: one component per file, one file per layer."""
