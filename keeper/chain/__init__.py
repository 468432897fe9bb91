"""How the keeper talks to nodes: codec, JSON-RPC clients, reader, block stream, signer."""
