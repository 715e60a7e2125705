"""Single mistakes in the resource graph of a deployed stack, each of which the rule meant for it must catch."""
