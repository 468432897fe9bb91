"""Recorded blocks, served again as a node would serve them."""
