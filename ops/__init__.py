"""The operator's side: configuration, logs, metrics, health."""

VERSION = "0.1.0"
