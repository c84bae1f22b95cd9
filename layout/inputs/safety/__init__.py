"""Which files and addresses may be opened at all, and what they may hold."""
