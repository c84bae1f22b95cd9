"""What people call: the plan, the steps in order, the command, reports, new studies."""
