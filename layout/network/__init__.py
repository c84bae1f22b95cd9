"""Roads and travel: from a road file to minutes and metres between settlements and sites."""
