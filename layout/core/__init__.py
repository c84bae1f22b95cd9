"""What every other wing may use: words, errors, progress, the cache on disk, norms."""
