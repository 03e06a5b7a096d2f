"""What tests start and stop: databases, mail, browsers, and the real server. All on loopback, all temporary."""
