"""Checking a finished plan from scratch: an answer that fails is an error, never a result."""

from layout.planning.verify.check import (
    check_plan,
    failures,
)

__all__ = [
    "check_plan",
    "failures",
]
