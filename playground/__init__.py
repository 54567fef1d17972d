"""A stand-in Slack workspace on loopback, with Slack's limits and faults."""
