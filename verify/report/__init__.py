"""The page that shows what a run found: one file, which needs no network."""
