"""Strategies: what could be done, and why not otherwise. Each is one small module, found through an entry point."""
