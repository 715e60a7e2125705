"""What runs in AWS: functions, jobs and statements. Nothing here knows how it was deployed."""
