"""Records put on streams by producers."""
