"""What people fill in about their learning."""
