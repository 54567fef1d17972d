"""The stand-in Slack, held against Slack's own client and framework."""
