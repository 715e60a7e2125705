"""Glue jobs: plain PySpark, each a pure transform and a thin main."""
