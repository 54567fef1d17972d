"""The operator's side: configuration, logs, metrics, health."""
