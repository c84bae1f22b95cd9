"""What people open: maps, workbooks, layers and lists."""
