"""From a configuration to a running keeper: every part made, wired, opened and closed in one room."""
