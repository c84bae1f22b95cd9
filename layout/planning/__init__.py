"""What a plan is made of: closures, the border belt, new sites, counties, and their check."""
