"""What people see and change about the security of their account."""
