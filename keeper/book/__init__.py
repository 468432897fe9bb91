"""What is known now, and what follows from it: positions, places, prices; due triggers; apply and roll back."""

from keeper.book.book import Book, Snapshot
from keeper.book.desk import Desk
from keeper.book.triggers import Due, TriggerIndex

__all__ = ["Book", "Desk", "Due", "Snapshot", "TriggerIndex"]
