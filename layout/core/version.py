"""The version of the package, which results and cached entries carry."""

__version__ = "0.1.0"
