"""A local chain made of real parts: the node, the contracts and the bundle relay."""
