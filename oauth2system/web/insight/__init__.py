"""What the owner of an app gets of its log, as files."""
