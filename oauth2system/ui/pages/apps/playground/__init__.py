"""The playground of an app: run its flows step by step, and fail on purpose."""
