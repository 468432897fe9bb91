"""Lending protocols: one package each, from logs to positions and from steps to calls."""
