"""Taskbot: everything Slack."""
