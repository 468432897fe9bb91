"""Markets: each venue's events and orders become places of the book, and its quotes become calls."""
