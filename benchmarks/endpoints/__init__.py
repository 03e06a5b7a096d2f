"""What each hot endpoint costs inside the process."""
