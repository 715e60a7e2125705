"""A Pulumi policy pack for data platforms on AWS; it knows nothing of the program that it judges."""
