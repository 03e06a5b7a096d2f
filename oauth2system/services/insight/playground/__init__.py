"""The playground of an app: its own flows, run against the real endpoints inside this process (decision 0039)."""
