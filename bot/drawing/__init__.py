"""What people see: pure, from tasks to Block Kit."""
