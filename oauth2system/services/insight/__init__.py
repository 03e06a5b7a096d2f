"""What an app's owner sees of its traffic: the log, checks of the connection, usage."""
