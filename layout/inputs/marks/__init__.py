"""What a reader of workbooks does not tell of their cells: merged, hidden, as shown, in error."""
