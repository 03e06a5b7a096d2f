"""What happens between apps and this server, noted and announced while it happens."""
