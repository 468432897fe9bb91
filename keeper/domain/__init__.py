"""The nouns and the maths: pure, no I/O, no clock, no client."""
