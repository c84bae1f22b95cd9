"""Many studies: each is a task in a process of its own, on one machine or on a cluster."""

from layout.app.batch.listing import listing_of
from layout.app.batch.whole import Batch, run_batch

__all__ = ["Batch", "listing_of", "run_batch"]
