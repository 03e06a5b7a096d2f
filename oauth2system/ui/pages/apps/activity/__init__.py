"""The log of an app, live: what worked, what was refused and why, and what visitors did."""
