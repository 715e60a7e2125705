"""Files dropped by producers."""
