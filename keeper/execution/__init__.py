"""From a plan to money: the executor contract, bundles, relays, lanes, and what became of what was sent."""
